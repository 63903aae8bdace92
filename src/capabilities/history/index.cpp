// SPDX-License-Identifier: MIT
#include "index.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd::history {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int64_t kGreatest = std::int64_t{1} << 40;  // sums of so many fit

/// Lines as differences from the last one of the same file, and back.
class Lines {
 public:
  Lines() = default;
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  std::int64_t difference(const std::string& file, std::int64_t line) { return line - std::exchange(last(file), line); }
  std::int64_t line(const std::string& file, std::int64_t difference) { return last(file) += difference; }

 private:
  /// Most often the next one is in the same file.
  std::int64_t& last(const std::string& file) {
    if (at_ == last_.end() || at_->first != file) at_ = last_.try_emplace(file).first;
    return at_->second;
  }
  std::map<std::string, std::int64_t> last_;
  std::map<std::string, std::int64_t>::iterator at_ = last_.end();
};

/// Stands in JSON as it is. Without a branch for each character: the compiler takes many at once.
bool is_plain(const std::string& text) {
  bool special = false, high = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    special |= byte < 0x20 || byte == 0x7F || byte == '"' || byte == '\\';
    high |= byte >= 0x80;
  }
  return !special && (!high || is_utf8(text));
}

/// One row after the other; made with every save, so without a tree of values in between.
class Writer {
 public:
  Writer& row(std::string_view kind) {
    out_ += out_.empty() ? "[\"" : "]\n[\"";
    out_.append(kind).append("\"");
    return *this;
  }
  Writer& text(const std::string& text) {
    if (is_plain(text)) out_.append(",\"").append(text).append("\"");
    else out_.append(",").append(dump_json(ordered_json(text)));
    return *this;
  }
  Writer& number(std::int64_t number) {
    out_.append(",").append(std::to_string(number));
    return *this;
  }
  std::string done() {
    if (!out_.empty()) out_ += "]\n";
    return std::move(out_);
  }

 private:
  std::string out_;
};

struct Reader {
  std::vector<analysis::Label> labels;
  std::vector<analysis::Menu> menus;
  std::vector<analysis::PathHead> paths;
  std::vector<analysis::Diagnostic> problems;
  Lines choice_lines, problem_lines;

  void row(const json& row) {
    const auto& kind = row.at(0).get_ref<const std::string&>();
    const auto text = [&](std::size_t i) { return row.at(i).get<std::string>(); };
    const auto number = [&](std::size_t i) {
      const auto& value = row.at(i);
      const auto got = value.is_number_integer() ? value.get<std::int64_t>() : kGreatest + 1;
      if (got > kGreatest || got < -kGreatest) throw std::out_of_range("a number");
      return got;
    };
    if (kind == "label") {
      analysis::Label label;
      label.name = text(1);
      label.kind = text(2);
      label.words = number(3);
      label.reachable = number(4) != 0;
      labels.push_back(std::move(label));
    } else if (kind == "choice") {
      analysis::Menu menu;
      menu.label = text(1);
      menu.file = text(2);
      analysis::Choice choice;
      choice.line = choice_lines.line(menu.file, number(3));
      choice.text = text(4);
      menu.choices.push_back(std::move(choice));
      menus.push_back(std::move(menu));
    } else if (kind == "path") {
      paths.push_back({text(1), text(2), text(3), text(4), text(5), text(6)});
    } else if (kind == "problem") {
      analysis::Diagnostic found;
      found.id = text(1);
      found.severity = text(2);
      found.file = text(3);
      found.line = problem_lines.line(found.file, number(4));
      found.message = text(5);
      problems.push_back(std::move(found));
    }
  }
};

/// Told from its head: a comparison asks for no more.
class NoTeller final : public analysis::PathList::Teller {
 public:
  [[nodiscard]] analysis::Path tell(std::size_t, bool) const override { return {}; }
};

}  // namespace

std::string index_of(const analysis::Stats2& stats) {
  Writer out;
  for (const auto& label : stats.labels) out.row("label").text(label.name).text(label.kind).number(label.words).number(label.reachable ? 1 : 0);
  Lines choice_lines, problem_lines;
  for (const auto& menu : stats.menus) {
    for (const auto& choice : menu.choices) out.row("choice").text(menu.label).text(menu.file).number(choice_lines.difference(menu.file, choice.line)).text(choice.text);
  }
  for (const auto& path : stats.paths) out.row("path").text(path.id).text(path.key).text(path.title).text(path.entry).text(path.ending).text(path.ending_kind);
  for (const auto& found : stats.diagnostics) {
    out.row("problem").text(found.id).text(found.severity).text(found.file).number(problem_lines.difference(found.file, found.line)).text(found.message);
  }
  return out.done();
}

Result<analysis::Stats2> stats_of_index(std::string_view text) {
  Reader read;
  try {
    while (!text.empty()) {
      const auto end = text.find('\n');
      read.row(json::parse(text.substr(0, end)));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
  } catch (const std::exception&) {
    return fail(Code::database, "The index of a snapshot is damaged");
  }
  analysis::Stats2 stats;
  stats.labels = std::move(read.labels);
  stats.menus = std::move(read.menus);
  stats.diagnostics = std::move(read.problems);
  stats.paths = analysis::PathList(analysis::PathList::share(std::move(read.paths)), std::make_shared<const NoTeller>());
  return stats;
}

}  // namespace bpyd::history
