// SPDX-License-Identifier: MIT
// A path as `flowchart TD`.
#include "bpyd/analysis/mermaid.hpp"

#include <algorithm>
#include <vector>

#include "quoting.hpp"
#include "story_text.hpp"

namespace bpyd::analysis {
namespace {

constexpr std::size_t kWords = 60;   // characters of dialogue shown in a node
constexpr std::size_t kChoice = 80;  // on an edge
constexpr std::size_t kChanges = 6;  // changes shown in a node

struct Box {
  std::string label;
  std::string words;
  std::vector<std::string> changes;
  bool ending = false;
  std::string edge;  // what leads to it from the box before
};

class Boxes {
 public:
  std::vector<Box> run(const Path& path) {
    for (const auto& step : path.steps) row(step);
    for (const auto& label : path.steps.empty() ? path.labels : std::vector<std::string>{}) open(label);
    if (boxes_.empty()) open(path.entry);
    Box end;
    end.label = path.ending_kind.empty() ? "end" : path.ending_kind;
    end.ending = true;
    end.edge = edge_;
    boxes_.push_back(std::move(end));
    return std::move(boxes_);
  }

 private:
  void open(const std::string& label) {
    Box box;
    box.label = label;
    box.edge = std::move(edge_);
    edge_.clear();
    boxes_.push_back(std::move(box));
  }
  /// What happens after a choice without a label in between gets a box of its own.
  Box& here(const std::string& label) {
    if (boxes_.empty() || !edge_.empty()) open(label);
    return boxes_.back();
  }
  void row(const Step& step) {
    if (step.kind == "label") {
      open(step.text);
    } else if (step.kind == "say") {
      auto& box = here(step.label);
      if (box.words.empty()) box.words = without_tags(step.text);
    } else if (step.kind == "set") {
      here(step.label).changes.push_back(step.text);
    } else if (step.kind == "choice") {
      if (!edge_.empty()) open(step.label);
      edge_ = step.text;
    } else if (step.kind == "condition") {
      if (!edge_.empty() && boxes_.empty()) open(step.label);
      if (edge_.empty()) edge_ = "if " + step.text;
    }
  }

  std::vector<Box> boxes_;
  std::string edge_;
};

std::string node_text(const Box& box) {
  std::string out = quoted_text(box.label, kChoice);
  if (!box.words.empty()) out += "<br/>" + quoted_text(box.words, kWords);
  for (std::size_t i = 0; i < box.changes.size() && i < kChanges; ++i) {
    out += "<br/>" + quoted_text(box.changes[i], kWords);
  }
  if (box.changes.size() > kChanges)
    out += "<br/>and " + std::to_string(box.changes.size() - kChanges) + " more";
  return out;
}

}  // namespace

Result<std::string> mermaid_of(const Stats2&, const Path& path, std::size_t max_nodes) {
  const auto boxes = Boxes().run(path);
  if (boxes.size() > max_nodes) {
    return fail(Code::too_large_for_form, "Path " + path.id + " has " + std::to_string(boxes.size()) +
                                              " places; a drawing holds at most " +
                                              std::to_string(max_nodes));
  }
  std::string out = "flowchart TD\n";
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto name = "n" + std::to_string(i);
    const auto text = node_text(boxes[i]);
    out += "  " + name + (boxes[i].ending ? "([\"" + text + "\"])" : "[\"" + text + "\"]") + "\n";
    if (i == 0) continue;
    out += "  n" + std::to_string(i - 1) + " -->";
    if (!boxes[i].edge.empty()) out += "|\"" + quoted_text(boxes[i].edge, kChoice) + "\"|";
    out += " " + name + "\n";
  }
  return out;
}

}  // namespace bpyd::analysis
