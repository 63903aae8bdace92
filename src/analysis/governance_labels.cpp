// SPDX-License-Identifier: MIT
// Labels by place, and what comments say of them.
#include <algorithm>

#include "bpyd/core/strings.hpp"
#include "governance_run.hpp"

namespace bpyd::analysis {
namespace {

constexpr std::size_t kMostNamed = 5;

bool in_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// "@key: value" of a comment's words; nothing else is metadata.
void read_comment(std::string_view comment, Metadata& into) {
  comment = trim(comment);
  if (!comment.starts_with('@')) return;
  comment.remove_prefix(1);
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(comment, in_key) - comment.begin());
  const auto key = std::string(comment.substr(0, end));
  auto value = trim(comment.substr(end));
  if (key.empty() || (!value.empty() && value.front() != ':')) return;  // "@someone look at this"
  if (!value.empty()) value = trim(value.substr(1));
  if (key == "tag" || key == "tags") {
    for (const auto& tag : split(value, ',')) {
      if (const auto name = trim(tag); !name.empty()) into.tags.emplace(name);
    }
  }
  into.values[key] = std::string(value);
}

/// What stands behind the # of a line that begins with a statement.
std::string_view trailing_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\')
      ++i;
    else if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '"' || c == '\'' || c == '`')
      quote = c;
    else if (c == '#')
      return line.substr(i + 1);
  }
  return {};
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (!out.empty() && out[0].starts_with("\xEF\xBB\xBF")) out[0].remove_prefix(3);
  return out;
}

}  // namespace

std::vector<Metadata> metadata_of(std::string_view source, const std::vector<std::int64_t>& lines) {
  std::vector<Metadata> out(lines.size());
  if (source.find('@') == std::string_view::npos) return out;
  const auto text = lines_of(source);
  std::size_t label_before = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto at = static_cast<std::size_t>(std::max<std::int64_t>(lines[i], 0));
    if (at == 0 || at > text.size()) continue;
    std::size_t first = at;
    while (first - 1 > label_before && trim(text[first - 2]).starts_with('#')) --first;
    for (auto n = first; n < at; ++n) read_comment(trim(text[n - 1]).substr(1), out[i]);
    read_comment(trailing_comment(text[at - 1]), out[i]);
    label_before = at;
  }
  return out;
}

LabelIndex::LabelIndex(const Stats2& stats) {
  for (const auto& label : stats.labels) {
    if (label.kind == "call_from") continue;
    by_place_[label.file].emplace(label.line, all_.size());
    by_name_.emplace(label.name, all_.size());
    all_.push_back({&label, nullptr, nullptr});
  }
  // What ends behind a call ends in the label that the call stands under.
  for (const auto& label : stats.labels) {
    const auto* around = label.kind == "call_from" ? at(label.file, label.line) : nullptr;
    if (around != nullptr) by_name_.emplace(label.name, static_cast<std::size_t>(around - all_.data()));
  }
  if (stats.book) read_metadata(stats);
}

void LabelIndex::read_metadata(const Stats2& stats) {
  metadata_.reserve(stats.book->story->parts.size());
  for (const auto& part : stats.book->story->parts) {
    const auto labels = by_place_.find(part->file->file);
    if (labels == by_place_.end() || !part->file->source) continue;
    std::vector<std::int64_t> lines;
    for (const auto& [line, index] : labels->second) lines.push_back(line);
    metadata_.push_back(metadata_of(*part->file->source, lines));
    std::size_t n = 0;
    const Metadata* scoped = nullptr;
    for (const auto& [line, index] : labels->second) {
      const auto* own = &metadata_.back()[n++];
      if (scoped == nullptr || all_[index].label->kind == "global") scoped = own;
      all_[index].own = own;
      all_[index].scoped = scoped;
    }
  }
}

const LabelIndex::Entry* LabelIndex::at(const std::string& file, std::int64_t line) const {
  const auto labels = by_place_.find(file);
  if (labels == by_place_.end()) return nullptr;
  const auto next = labels->second.upper_bound(line);
  return next == labels->second.begin() ? nullptr : &all_[std::prev(next)->second];
}

const LabelIndex::Entry* LabelIndex::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &all_[found->second];
}

bool LabelIndex::holds(const GovernanceScope& scope, const std::string& file, const Entry* label) const {
  if (!scope.files.empty() && !fits_one(scope.files, file)) return false;
  if (!scope.labels.empty() && (label == nullptr || !fits_one(scope.labels, label->label->name)))
    return false;
  if (scope.tags.empty()) return true;
  const auto tagged = [&](const Metadata* metadata) {
    return metadata != nullptr &&
           std::ranges::any_of(metadata->tags, [&](const auto& tag) { return fits_one(scope.tags, tag); });
  };
  return label != nullptr && (tagged(label->own) || tagged(label->scoped));
}

void rule_metadata(GovernanceRun& run, const GovernanceRule& rule) {
  for (const auto& entry : run.labels.all()) {
    const auto& label = *entry.label;
    if (label.kind != "global" || label.name.starts_with('_') ||
        !run.labels.holds(rule.scope, label.file, &entry))
      continue;
    std::vector<std::string> missing;
    for (const auto& key : rule.required) {
      const bool there = entry.own != nullptr &&
                         (entry.own->values.contains(key) || (key == "tags" && !entry.own->tags.empty()));
      if (!there && missing.size() == kMostNamed) break;
      if (!there) missing.push_back(shortened(key, kMostShown));
    }
    if (missing.empty()) continue;
    run.add(rule, {label.file, label.line, label.name, "",
                   "The label " + label.name + " does not say its " + bpyd::join(missing, ", "),
                   "Write it above the label: # @" + missing.front() + ": …"});
  }
}

}  // namespace bpyd::analysis
