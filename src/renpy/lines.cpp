// SPDX-License-Identifier: MIT
// Logical lines and blocks, the way renpy/parser.py finds them.
#include "bpyd/renpy/lines.hpp"

#include <algorithm>

#include "chars.hpp"
#include "splitter.hpp"

namespace bpyd::renpy {

LineFile Splitter::run() {
  if (source_.starts_with("\xEF\xBB\xBF")) pos_ = 3;
  out_.lines.reserve(source_.size() / 40 + 1);
  while (pos_ < source_.size()) one_line();
  out_.physical_lines = number_ - (source_.ends_with('\n') || source_.empty() ? 1 : 0);
  if (tabbed_lines_ > 0) report_tabs();
  group();
  return std::move(out_);
}

void Splitter::one_line() {
  Line line;
  line.number = number_;
  line_depth_ = 0;
  tab_here_ = false;
  indentation();
  line.depth = line_depth_;
  line.source = static_cast<std::uint32_t>(pos_);
  start_ = piece_ = pos_;
  buffer_.clear();
  edited_ = ran_on_ = false;
  brackets_ = 0;
  const auto end = scan();
  line.text = finish(end);
  line.edited = edited_;
  line.ran_on = ran_on_;
  if (tab_here_) ++tabbed_lines_;
  if (is_blank(line.text)) return;
  line.block_end = static_cast<std::uint32_t>(out_.lines.size() + 1);
  out_.lines.push_back(line);
}

void Splitter::indentation() {
  for (; pos_ < source_.size(); ++pos_) {
    if (source_[pos_] == ' ') {
      ++line_depth_;
    } else if (source_[pos_] == '\t') {
      note_tab();
      line_depth_ += 8 - line_depth_ % 8;
    } else {
      return;
    }
  }
}

std::size_t Splitter::scan() {
  while (pos_ < source_.size()) {
    while (pos_ < source_.size() && !is(source_[pos_], kSplits)) ++pos_;
    if (pos_ == source_.size()) break;
    switch (source_[pos_]) {
      case '_':
        word();
        break;
      case '\n': {
        if (brackets_ == 0) return new_line();
        ran_on_ = true;
        ++pos_;
        ++number_;
        if (tolerant_ && statement_follows()) return unclosed_bracket();
        break;
      }
      case '\r':
        if (brackets_ == 0 && at(pos_ + 1) == '\n') {
          const auto end = pos_++;
          new_line();
          return end;
        }
        cut(pos_, pos_ + 1);
        break;
      case '\t':
        note_tab();
        ++pos_;
        break;
      case '\\':
        if (at(pos_ + 1) == '\r' && at(pos_ + 2) == '\n')
          cut(pos_ + 1, pos_ + 2);
        else
          ++pos_;
        if (at(pos_) == '\n') {
          ++pos_;
          ++number_;
        }
        break;
      case '(':
      case '[':
      case '{':
        if (brackets_++ == 0) first_open_ = {pos_, number_};
        ++pos_;
        break;
      case ')':
      case ']':
      case '}':
        if (brackets_ > 0) --brackets_;
        ++pos_;
        break;
      case '#': {
        const auto comment = pos_;
        pos_ = std::min(source_.find('\n', pos_), source_.size());
        if (brackets_ == 0) {
          new_line();
          return comment;
        }
        take_out(comment, pos_);
        break;
      }
      case '"':
      case '\'':
      case '`':
        if (const auto end = string()) return *end;
        break;
      default:
        ++pos_;
    }
  }
  if (brackets_ > 0) diagnose_bracket();
  return source_.size();
}

std::size_t Splitter::new_line() {
  const auto end = pos_;
  if (pos_ < source_.size()) {
    ++pos_;
    ++number_;
  }
  return end;
}

/// At a `_`: a word that begins with two of them is private to its file.
void Splitter::word() {
  const auto begin = pos_;
  while (pos_ < source_.size() && is_letterlike(source_[pos_])) ++pos_;
  if (pos_ - begin < 3 || source_[begin + 1] != '_' || (begin > 0 && is_letterlike(source_[begin - 1])))
    return;
  const auto rest = source_.substr(begin + 2, pos_ - begin - 2);
  if (rest.find("__") != std::string_view::npos) return;
  take_out(begin, begin + 2);
  buffer_ += prefix();
}

void Splitter::note_tab() {
  if (tabbed_lines_ == 0 && !tab_here_) first_tab_ = {pos_, number_};
  tab_here_ = true;
}

void Splitter::report_tabs() {
  diagnose("tab-character", first_tab_,
           "Ren'Py does not allow tab characters in scripts (" + std::to_string(tabbed_lines_) +
               (tabbed_lines_ == 1 ? " line" : " lines") + "); read here as up to the next eighth column",
           "Let the editor write spaces: four for each level");
}

void Splitter::diagnose(const char* id, Spot spot, std::string message, std::string suggestion) {
  if (out_.diagnostics.size() >= 200) return;
  const auto column = place_in_line(source_, spot.offset);
  out_.diagnostics.push_back(
      {id, Severity::error, spot.line, column, std::move(message), std::move(suggestion)});
}

void Splitter::take_out(std::size_t from, std::size_t to) {
  buffer_.append(source_, piece_, from - piece_);
  piece_ = to;
  edited_ = true;
}

void Splitter::cut(std::size_t from, std::size_t to) {
  take_out(from, to);
  pos_ = to;
}

std::string_view Splitter::finish(std::size_t end) {
  if (!edited_) return source_.substr(start_, end - start_);
  if (end > piece_) buffer_.append(source_, piece_, end - piece_);
  return out_.arena.keep(buffer_);
}

void Splitter::group() {
  struct Open {
    std::uint32_t depth;
    std::uint32_t owner;  // line whose block this is
  };
  constexpr std::uint32_t kFile = UINT32_MAX;
  auto& lines = out_.lines;
  std::vector<Open> open;
  for (std::uint32_t i = 0; i < lines.size(); ++i) {
    const auto depth = lines[i].depth;
    if (open.empty()) {
      open.push_back({depth, kFile});
      if (depth != 0) {
        diagnose("indentation", {lines[i].source, lines[i].number},
                 "The first statement of a file must not be indented", "Move it to the left edge");
      }
      continue;
    }
    while (open.size() > 1 && depth <= open[open.size() - 2].depth) {
      lines[open.back().owner].block_end = i;
      open.pop_back();
    }
    if (depth > open.back().depth) {
      open.push_back({depth, i - 1});
    } else if (depth < open.back().depth) {
      if (open.size() == 1) {
        open.back().depth = depth;  // the file's first line was indented; that was said above
        continue;
      }
      diagnose("indentation", {lines[i].source, lines[i].number},
               "The indentation matches no line above (" + std::to_string(depth) +
                   " spaces where the block has " + std::to_string(open.back().depth) + ")",
               "Indent it like the lines it belongs to");
    }
  }
  for (; open.size() > 1; open.pop_back())
    lines[open.back().owner].block_end = static_cast<std::uint32_t>(lines.size());
}

LineFile split_lines(std::string_view source, std::string_view file, Reading reading) {
  return Splitter(source, file, reading).run();
}

std::uint32_t place_in_line(std::string_view source, std::size_t offset) {
  auto before = source.substr(0, std::min(offset, source.size()));
  if (const auto start = before.rfind('\n'); start != std::string_view::npos) before.remove_prefix(start + 1);
  if (before.starts_with("\xEF\xBB\xBF")) before.remove_prefix(3);
  const auto is_lead = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<std::uint32_t>(std::ranges::count_if(before, is_lead) + 1);
}

}  // namespace bpyd::renpy
