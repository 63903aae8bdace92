// SPDX-License-Identifier: MIT
// Logical lines and blocks. The strict reading follows renpy/parser.py's list_logical_lines and
// group_logical_lines step by step; the tolerant one adds where a string or bracket is given up.
#include "bpyd/renpy/lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "chars.hpp"

namespace bpyd::renpy {
namespace {

/// renpy.parser.munge_filename: the prefix that makes `__name` private to its file.
std::string munge_prefix(std::string_view file) {
  const auto slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  if (const auto dot = file.rfind('.'); dot != std::string_view::npos && dot > 0) file = file.substr(0, dot);
  std::string out = "_m1_";
  for (std::size_t i = 0; i < file.size(); i += char_at(file, i)) {
    const char c = file[i];
    if (is_letterlike(c)) {
      out += c;
    } else if (c == ' ') {
      out += '_';
    } else {
      const auto size = char_at(file, i);
      auto code = static_cast<unsigned>(static_cast<unsigned char>(c));
      if (size > 1) code &= 0x7Fu >> size;
      for (std::size_t k = 1; k < size; ++k)
        code = code << 6 | (static_cast<unsigned char>(file[i + k]) & 0x3Fu);
      std::array<char, 12> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
      out.append("0x").append(digits.data(), end);
    }
  }
  return out + "__";
}

constexpr std::array<std::string_view, 20> kStarters = {
    "label", "screen", "init", "define", "default", "image", "transform", "style", "translate", "menu",
    "jump",  "return", "call", "python", "scene",   "show",  "hide",      "play",  "stop",      "testcase"};

/// Does a statement begin here, so plainly that an open string or bracket above must be a slip?
bool looks_like_statement(std::string_view line) {
  const auto end = word_end(line, 0);
  if (end == 0) return !line.empty() && line[0] == '$' && line.size() > 1 && line[1] == ' ';
  if (std::ranges::find(kStarters, line.substr(0, end)) == kStarters.end()) return false;
  const auto rest = line.substr(end);
  if (is_blank(rest) || rest[0] == ':') return true;
  return rest[0] == ' ' && rest.size() > 1 && rest[1] != '=';
}

class Splitter {
 public:
  Splitter(std::string_view source, std::string_view file, Reading reading)
      : source_(source),
        tolerant_(reading == Reading::tolerant),
        budget_(source.size() * 4 + 4096),
        file_(file) {}

  LineFile run() {
    if (source_.starts_with("\xEF\xBB\xBF")) pos_ = 3;
    while (pos_ < source_.size()) one_line();
    out_.physical_lines = number_ - (source_.ends_with('\n') || source_.empty() ? 1 : 0);
    if (tabbed_lines_ > 0) report_tabs();
    group();
    return std::move(out_);
  }

 private:
  struct Spot {
    std::size_t offset = 0;
    std::uint32_t line = 0;
  };

  void one_line() {
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

  void indentation() {
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

  /// Runs to the end of the logical line; answers where its text ends.
  std::size_t scan() {
    while (pos_ < source_.size()) {
      const char c = source_[pos_];
      if (is_letterlike(c)) {
        word();
        continue;
      }
      switch (c) {
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

  std::size_t new_line() {
    const auto end = pos_;
    if (pos_ < source_.size()) {
      ++pos_;
      ++number_;
    }
    return end;
  }

  void word() {
    const auto begin = pos_;
    while (pos_ < source_.size() && is_letterlike(source_[pos_])) ++pos_;
    if (source_[begin] != '_' || pos_ - begin < 3 || source_[begin + 1] != '_') return;
    const auto rest = source_.substr(begin + 2, pos_ - begin - 2);
    if (rest.find("__") != std::string_view::npos) return;
    take_out(begin, begin + 2);
    buffer_ += prefix();
  }

  /// A string, to its end. An offset when the logical line has to end there.
  std::optional<std::size_t> string() {
    const auto begin = pos_;
    const Spot spot{begin, number_};
    const char delim = source_[pos_++];
    const bool triple = at(pos_) == delim && at(pos_ + 1) == delim;
    if (triple) pos_ += 2;
    bool asked = false;
    while (pos_ < source_.size()) {
      const char c = source_[pos_];
      if (c == '\n') {
        if (tolerant_ && given_up(triple, delim, asked)) return unterminated(spot);
        asked = ran_on_ = true;
        ++number_;
        ++pos_;
      } else if (c == '\r') {
        cut(pos_, pos_ + 1);
      } else if (c == '\\') {
        ++pos_;
        while (at(pos_) == '\r') cut(pos_, pos_ + 1);
        if (pos_ < source_.size() && source_[pos_] != '\n')
          ++pos_;
        else if (pos_ < source_.size()) {
          ++pos_;
          ++number_;
        }
      } else if (c == delim) {
        if (!triple) {
          ++pos_;
          munge_inside(begin);
          return std::nullopt;
        }
        if (at(pos_ + 1) == delim && at(pos_ + 2) == delim) {
          pos_ += 3;
          munge_inside(begin);
          return std::nullopt;
        }
        ++pos_;
      } else {
        ++pos_;
      }
    }
    ran_on_ = true;
    diagnose("unterminated-string", spot, "This string has no closing " + std::string(triple ? 3 : 1, delim),
             "Close the string where its text ends");
    return source_.size();
  }

  /// Tolerant only: must the string that reaches this line end stop here?
  bool given_up(bool triple, char delim, bool asked) {
    if (triple) {
      const auto keep = pos_++;
      const bool follows = statement_follows();
      pos_ = keep;
      return follows;
    }
    return !asked && !closes_well(delim);
  }

  /// Looks ahead for a closing quote that can be one: not the opening quote of the next string.
  bool closes_well(char delim) {
    std::size_t line_start = pos_ + 1;
    for (std::size_t at_byte = pos_ + 1; at_byte < source_.size(); ++at_byte) {
      if (budget_ == 0) return false;
      --budget_;
      const char c = source_[at_byte];
      if (c == '\\') {
        ++at_byte;
      } else if (c == '\n') {
        line_start = at_byte + 1;
      } else if (c == delim) {
        const char after = at(at_byte + 1);
        if (is_letterlike(after) || is_quote(after) || static_cast<unsigned char>(after) >= 0x80)
          return false;
        const auto before = source_.substr(line_start, at_byte - line_start);
        return !is_blank(before) && space_at(before, before.size() - 1) == 0;
      }
    }
    return false;
  }

  /// At a line's start: a statement no deeper than this one begins.
  [[nodiscard]] bool statement_follows() const {
    auto text_at = pos_;
    while (at(text_at) == ' ') ++text_at;
    if (text_at - pos_ > line_depth_) return false;
    const auto end = std::min(source_.find('\n', text_at), text_at + 80);
    return looks_like_statement(source_.substr(text_at, end - text_at));
  }

  std::size_t unclosed_bracket() {
    diagnose_bracket();
    return pos_ - 1;
  }

  void diagnose_bracket() {
    const auto open = first_open_.offset;
    const char close = source_[open] == '(' ? ')' : source_[open] == '[' ? ']' : '}';
    ran_on_ = true;
    diagnose("unclosed-bracket", first_open_, std::string("This '") + source_[open] + "' is never closed",
             std::string("Add the missing '") + close + "'");
  }

  /// The string ends with its line; a closing quote is put in so that the line still parses.
  std::size_t unterminated(Spot spot) {
    const auto begin = spot.offset;
    const char delim = source_[begin];
    const bool triple = at(begin + 1) == delim && at(begin + 2) == delim;
    diagnose("unterminated-string", spot,
             "This string has no closing " + std::string(triple ? 3 : 1, delim) +
                 (number_ == spot.line ? " on its line" : ""),
             "Close the string where its text ends");
    auto end = pos_;
    if (at(end - 1) == '\r') --end;
    take_out(end, pos_);
    buffer_.append(triple ? 3 : 1, delim);
    return new_line();
  }

  /// `[__name]` inside a string is as private as `__name` outside.
  void munge_inside(std::size_t begin) {
    const auto body = source_.substr(begin, pos_ - begin);
    if (body.find("[__") == std::string_view::npos) return;
    for (std::size_t i = 0; i + 2 < body.size(); ++i) {
      if (body[i] != '_' || body[i + 1] != '_' || i == 0) continue;
      std::size_t open = 0;
      while (open < i && body[i - 1 - open] == '[') ++open;
      const bool dotted = body[i - 1] == '.';
      auto end = i + 2;
      while (end < body.size() && (is_letterlike(body[end]) || static_cast<unsigned char>(body[end]) >= 0x80))
        ++end;
      const auto rest = body.substr(i + 2, end - i - 2);
      if ((open % 2 == 1 || dotted) && !rest.empty() && rest.find("__") == std::string_view::npos &&
          begin + i >= piece_) {
        take_out(begin + i, begin + i + 2);
        buffer_ += prefix();
      }
      i = end - 1;
    }
  }

  void note_tab() {
    if (tabbed_lines_ == 0 && !tab_here_) first_tab_ = {pos_, number_};
    tab_here_ = true;
  }

  void report_tabs() {
    diagnose("tab-character", first_tab_,
             "Ren'Py does not allow tab characters in scripts (" + std::to_string(tabbed_lines_) +
                 (tabbed_lines_ == 1 ? " line" : " lines") + "); read here as up to the next eighth column",
             "Let the editor write spaces: four for each level");
  }

  void diagnose(const char* id, Spot spot, std::string message, std::string suggestion) {
    if (out_.diagnostics.size() >= 200) return;
    const auto column = place_in_line(source_, spot.offset);
    out_.diagnostics.push_back(
        {id, Severity::error, spot.line, column, std::move(message), std::move(suggestion)});
  }

  [[nodiscard]] char at(std::size_t i) const { return i < source_.size() ? source_[i] : '\0'; }

  /// Leaves source bytes [from, to) out of the text.
  void take_out(std::size_t from, std::size_t to) {
    buffer_.append(source_, piece_, from - piece_);
    piece_ = to;
    edited_ = true;
  }
  void cut(std::size_t from, std::size_t to) {
    take_out(from, to);
    pos_ = to;
  }

  std::string_view finish(std::size_t end) {
    if (!edited_) return source_.substr(start_, end - start_);
    if (end > piece_) buffer_.append(source_, piece_, end - piece_);
    out_.arena.push_back(buffer_);
    return out_.arena.back();
  }

  const std::string& prefix() {
    if (prefix_.empty()) prefix_ = munge_prefix(file_);
    return prefix_;
  }

  void group();

  std::string_view source_;
  bool tolerant_;
  std::size_t budget_;  // bytes that looking ahead may still cost: keeps the whole linear
  std::string_view file_;
  std::string prefix_;
  LineFile out_;
  std::size_t pos_ = 0;
  std::uint32_t number_ = 1;
  std::size_t start_ = 0;
  std::size_t piece_ = 0;  // source from here on is not yet in buffer_
  std::string buffer_;
  bool edited_ = false;
  bool ran_on_ = false;
  std::size_t brackets_ = 0;  // open ones; like Ren'Py, whichever kind
  Spot first_open_;
  std::uint32_t line_depth_ = 0;
  Spot first_tab_;
  bool tab_here_ = false;
  std::uint32_t tabbed_lines_ = 0;
};

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

}  // namespace

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
