// SPDX-License-Identifier: MIT
// A path as `flowchart TD`. Every text goes out as letters, digits, a few harmless marks and
// numeric entities (#60;), which Mermaid decodes into text after it has parsed the diagram: no
// text can close a quote, open a tag, start a directive or break a line.
#include "bpyd/analysis/mermaid.hpp"

#include <algorithm>
#include <vector>

#include "reading.hpp"
#include "teller.hpp"

namespace bpyd::analysis {
namespace {

constexpr std::size_t kWords = 60;   // characters of dialogue shown in a node
constexpr std::size_t kChoice = 80;  // on an edge
constexpr std::size_t kChanges = 6;  // changes shown in a node

void append_entity(std::string& out, char32_t code) {
  out.append(1, '#').append(std::to_string(static_cast<std::uint32_t>(code))).append(1, ';');
}

/// UTF-8 above ASCII passes as it is; what is not UTF-8 becomes U+FFFD.
std::string quoted_text(std::string_view raw, std::size_t most) {
  const auto text = shortened(raw, most);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      const std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 0;
      bool whole = size > 0 && i + size <= text.size() && byte < 0xF5;
      for (std::size_t k = 1; whole && k < size; ++k)
        whole = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
      out += whole ? text.substr(i, size) : std::string("\xEF\xBF\xBD");
      i += whole ? size : 1;
      continue;
    }
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == ' ' || c == '.' || c == ',';
    if (plain)
      out += c;
    else if (byte < 0x20 || byte == 0x7F)
      out += "\xEF\xBF\xBD";
    else
      append_entity(out, byte);
    ++i;
  }
  return out;
}

/// Not Ren'Py's text tags: {b}, {w=0.5}; interpolations stay.
std::string without_tags(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto end = end_of_tag(text, i); end != std::string_view::npos) {
      i = end;
      continue;
    }
    out += text[i];
  }
  return out;
}

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
