// SPDX-License-Identifier: MIT
#include "map_cards.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "book.hpp"
#include "text_lines.hpp"

namespace bpyd::analysis {

namespace {

constexpr std::array<std::string_view, 6> kKinds = {"jump", "call", "choice", "falls_through", "screen", "python"};

std::string_view kind_of(const Label& label) {
  return label.kind == "local" || label.kind == "menu" ? std::string_view(label.kind) : "label";
}

/// The labels of one file, and what of its script is needed for them.
struct FileCards {
  std::vector<std::uint32_t> labels;  // by line
  std::vector<std::uint32_t> with_menus;
  std::shared_ptr<const ScriptText> text;
  struct Choice {
    std::uint32_t label = 0;
    std::int64_t pin = 0, line = 0, last = 0;
    std::string_view target;
  };
  std::vector<Choice> choices;  // by line
};

class CardMaker {
 public:
  CardMaker(const Stats2& stats, const KnownTexts* known) : stats_(stats), known_(known) {}

  Cards run() {
    scripts();
    map_.labels.reserve(stats_.labels.size());
    out_.ground.reserve(stats_.labels.size());
    by_name_.reserve(stats_.labels.size());
    map_.edges.reserve(stats_.edges.size());
    for (const auto& label : stats_.labels) add(label);
    words();
    for (const auto& menu : stats_.menus) add(menu);
    heights();
    for (const auto& edge : stats_.edges) add(edge);
    marks();
    problems();
    totals();
    find_routes(map_);
    return std::move(out_);
  }

 private:
  void scripts() {
    const auto* story = stats_.book ? stats_.book->story.get() : nullptr;
    if (story == nullptr) return;
    for (const auto& part : story->parts) parts_.emplace(part->file->file, &part);
  }

  /// Its number among the grounds; files come in order, so the last one asked for is mostly it.
  std::uint32_t ground_of(const std::string& file) {
    if (!map_.files.empty() && map_.files[last_].file == file) return last_;
    const auto [at, fresh] = grounds_.emplace(file, static_cast<std::uint32_t>(map_.files.size()));
    if (fresh) {
      MapFile row;
      row.file = file;
      row.chapter = chapter_of(file);
      map_.files.push_back(std::move(row));
      files_.emplace_back();
      files_.back().text = text_of(file);
    }
    return last_ = at->second;
  }
  [[nodiscard]] const FileCards* find(const std::string& file) {
    if (!map_.files.empty() && map_.files[last_].file == file) return &files_[last_];
    const auto found = grounds_.find(file);
    if (found == grounds_.end()) return nullptr;
    last_ = found->second;
    return &files_[last_];
  }
  std::shared_ptr<const ScriptText> text_of(const std::string& file) {
    const auto part = parts_.find(file);
    if (part == parts_.end()) return nullptr;
    KnownText now{*part->second, nullptr};
    if (known_ != nullptr) {
      const auto before = known_->find(file);
      if (before != known_->end() && before->second.part.lock() == *part->second)
        now.text = before->second.text;
    }
    if (!now.text) now.text = script_text(**part->second);
    return out_.texts.emplace(file, std::move(now)).first->second.text;
  }

  void add(const Label& label) {
    if (label.kind == "call_from") {
      aliases_.push_back(&label);
      return;
    }
    const auto ground = ground_of(label.file);
    const auto index = static_cast<std::uint32_t>(map_.labels.size());
    by_name_.emplace(label.name, index);
    MapLabel card;
    card.name = label.name;
    card.file = label.file;
    card.line = label.line;
    card.kind = kind_of(label);
    card.words = label.words;
    card.seconds = label.seconds;
    card.reachable = label.reachable;
    files_[ground].labels.push_back(index);
    map_.labels.push_back(std::move(card));
    out_.ground.push_back(ground);
  }

  void words() {
    for (const auto& file : files_) {
      if (!file.text) continue;
      std::size_t at = 0;
      for (const auto index : file.labels) {
        auto& card = map_.labels[index];
        const auto& rows = file.text->labels;
        while (at < rows.size() && rows[at].line < card.line) ++at;
        if (at == rows.size() || rows[at].line != card.line) continue;
        card.text = rows[at].first;
        card.print = rows[at++].print;
      }
    }
    for (const auto* label : aliases_) {  // what leads behind a call leads into the label around it
      const auto* file = find(label->file);
      if (file == nullptr) continue;
      if (const auto around = label_at(*file, label->line)) by_name_.emplace(label->name, *around);
    }
  }

  /// The last label of the file that does not begin behind the line.
  [[nodiscard]] std::optional<std::uint32_t> label_at(const FileCards& file, std::int64_t line) const {
    const auto after = std::ranges::upper_bound(file.labels, line, {},
                                                [this](auto index) { return map_.labels[index].line; });
    if (after == file.labels.begin()) return std::nullopt;
    return *(after - 1);
  }
  [[nodiscard]] std::optional<std::uint32_t> owner(const FileCards& file, std::int64_t line,
                                                   const std::string& name) const {
    const auto at = label_at(file, line);
    if (at && map_.labels[*at].name == name) return at;
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
  }

  void add(const Menu& menu) {
    if (find(menu.file) == nullptr) return;
    auto& file = files_[last_];
    const auto at = owner(file, menu.line, menu.label);
    if (!at) return;
    auto& card = map_.labels[*at];
    if (card.pins.empty()) file.with_menus.push_back(*at);
    for (const auto& choice : menu.choices) {
      MapPin pin;
      pin.text = without_tags(choice.text);
      pin.condition = choice.condition;
      pin.never = choice.never;
      pin.line = choice.line;
      pin.rows = static_cast<std::int64_t>(text_lines(pin.text, kPinColumns, kPinRows).size());
      file.choices.push_back({*at, static_cast<std::int64_t>(card.pins.size()), choice.line,
                              last_line(file, choice.line), choice.target});
      card.pins.push_back(std::move(pin));
    }
  }
  static std::int64_t last_line(const FileCards& file, std::int64_t line) {
    if (!file.text) return 0;
    const auto found = std::ranges::lower_bound(file.text->choices, line, {}, &ScriptText::Choice::line);
    return found == file.text->choices.end() || found->line != line ? 0 : found->last;
  }

  void heights() {
    for (auto& file : files_) std::ranges::sort(file.choices, {}, &FileCards::Choice::line);
    for (auto& card : map_.labels) {
      card.width = kCardWidth;
      std::int64_t y = kCardHeader + body_height(card.words);
      for (auto& pin : card.pins) {
        pin.y = y;
        y += kPinRow * pin.rows + kPinEdge;
      }
      card.height = y;
    }
  }

  /// The innermost choice that a way of the label stands under.
  [[nodiscard]] static std::int64_t pin_of(const FileCards& file, std::uint32_t from, const Edge& edge) {
    auto at = std::ranges::upper_bound(file.choices, edge.line, {}, &FileCards::Choice::line);
    while (at != file.choices.begin()) {
      --at;
      if (at->label != from) return -1;
      if (edge.kind == "choice") return at->line == edge.line ? at->pin : -1;
      // Without the script only what the menus' rows say tells where a choice's block ends.
      if (at->last >= edge.line || (at->last == 0 && at->target == edge.to)) return at->pin;
    }
    return -1;
  }

  void add(const Edge& edge) {
    if (edge.from.empty() || edge.to.empty() || edge.dynamic) return;
    const auto* file = find(edge.file);
    if (file == nullptr) return;
    const auto from = owner(*file, edge.line, edge.from);
    if (!from) return;
    const auto to = edge.missing ? planned(edge, *from) : target(edge.to);
    if (!to) return;
    // A fall out of a menu is the label's, whichever choice it may come from.
    const auto pin = edge.kind == "falls_through" ? -1 : pin_of(*file, *from, edge);
    if (drawn(*from, *to, pin, edge.kind)) return;
    std::optional<std::string> elsewhere;
    if (edge.file != map_.labels[static_cast<std::size_t>(*from)].file) elsewhere = edge.file;
    map_.edges.push_back({*from, *to, pin, edge.kind, std::move(elsewhere), edge.line});
  }
  [[nodiscard]] std::optional<std::uint32_t> target(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
  }
  /// A choice's edge and the jump in its block are the same way; the choice's row stands before.
  bool drawn(std::uint32_t from, std::uint32_t to, std::int64_t pin, std::string_view kind) {
    if (from != drawn_from_) drawn_.clear();
    drawn_from_ = from;
    const auto key = [&](std::string_view which) {
      const auto known = std::ranges::find(kKinds, which) - kKinds.begin();  // of another analyzer: all one
      return std::uint64_t{to} << 32U | (static_cast<std::uint64_t>(pin + 1) & 0xFFFFFFU) << 8U |
             static_cast<std::uint64_t>(known);
    };
    if (drawn_.contains(key(kind)) ||
        (pin >= 0 && (kind == "jump" || kind == "call") && drawn_.contains(key("choice"))))
      return true;
    drawn_.insert(key(kind));
    return false;
  }

  std::uint32_t planned(const Edge& edge, std::uint32_t from) {
    const auto index = static_cast<std::uint32_t>(map_.labels.size());
    const auto [at, fresh] = by_name_.emplace(edge.to, index);
    if (fresh) {
      MapLabel card;
      card.name = edge.to;
      card.kind = "planned";
      card.line = edge.line;
      card.width = kCardWidth;
      card.height = kCardHeader;
      map_.labels.push_back(std::move(card));
      out_.ground.push_back(last_);
    }
    auto& card = map_.labels[at->second];
    card.reachable = card.reachable || map_.labels[from].reachable;
    return at->second;
  }

  void marks() {
    for (const auto& name : stats_.entries) {
      if (const auto at = target(name)) map_.labels[*at].entry = true;
    }
    std::unordered_set<std::string_view> seen;
    for (const auto& path : stats_.paths) {
      if (path.ending.empty() || !seen.insert(path.ending).second) continue;
      map_.endings.push_back(path.ending);
      if (const auto at = target(path.ending)) map_.labels[*at].ending = true;
    }
  }

  void problems() {
    for (const auto& found : stats_.diagnostics) {
      const auto* file = find(found.file);
      if (file == nullptr) continue;
      ++map_.files[last_].problems;
      const auto at = label_at(*file, found.line);
      if (!at) continue;
      auto& card = map_.labels[*at];
      ++card.problems;
      if (severity_rank(found.severity) > severity_rank(card.severity)) card.severity = found.severity;
    }
  }

  void totals() {
    for (std::size_t i = 0; i < map_.labels.size(); ++i) {
      const auto& card = map_.labels[i];
      if (card.kind == "planned") continue;
      auto& file = map_.files[out_.ground[i]];
      ++file.labels;
      file.words += card.words;
      file.seconds += card.seconds;
    }
  }

  const Stats2& stats_;
  const KnownTexts* known_;
  Cards out_;
  StoryMap& map_ = out_.map;
  std::unordered_map<std::string_view, const std::shared_ptr<const renpy::Part>*> parts_;
  std::unordered_map<std::string_view, std::uint32_t> grounds_;
  std::vector<FileCards> files_;  // as map_.files
  std::uint32_t last_ = 0;
  std::unordered_map<std::string_view, std::uint32_t> by_name_;  // views into stats_
  std::vector<const Label*> aliases_;
  std::uint32_t drawn_from_ = 0;
  std::unordered_set<std::uint64_t> drawn_;  // keys of the edges of one label, which follow one another
};

}  // namespace

Cards cards_of(const Stats2& stats, const KnownTexts* known) { return CardMaker(stats, known).run(); }

std::string chapter_of(std::string_view file) {
  if (file.starts_with("game/")) file.remove_prefix(5);
  if (const auto slash = file.find('/'); slash != std::string_view::npos)
    return std::string(file.substr(0, slash));
  if (const auto dot = file.rfind('.'); dot != std::string_view::npos && dot > 0) file = file.substr(0, dot);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t end = 1;
  while (end < file.size() && file[end] != '_' && !digit(file[end])) ++end;
  while (end < file.size() && digit(file[end])) ++end;
  return std::string(file.substr(0, end));
}

std::int64_t body_height(std::int64_t words) {
  if (words <= 0) return 0;
  const auto wanted = std::llround(14 * std::log2(1 + static_cast<double>(words) / 12));
  return std::clamp<std::int64_t>(wanted, 18, 110);
}

}  // namespace bpyd::analysis
