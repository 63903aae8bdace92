// SPDX-License-Identifier: MIT
// Strings and brackets in a script's text: where they end, and where they should have ended.
#include <algorithm>
#include <array>
#include <charconv>

#include "chars.hpp"
#include "splitter.hpp"

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

}  // namespace

std::optional<std::size_t> Splitter::string() {
  const auto begin = pos_;
  const Spot spot{begin, number_};
  const char delim = source_[pos_++];
  const bool triple = at(pos_) == delim && at(pos_ + 1) == delim;
  if (triple) pos_ += 2;
  bool asked = false;
  while ((pos_ = find_of(source_, pos_, delim, '\\', '\n', '\r')) < source_.size()) {
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
    } else {
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
    }
  }
  ran_on_ = true;
  diagnose("unterminated-string", spot, "This string has no closing " + std::string(triple ? 3 : 1, delim),
           "Close the string where its text ends");
  return source_.size();
}

bool Splitter::given_up(bool triple, char delim, bool asked) {
  if (triple) {
    const auto keep = pos_++;
    const bool follows = statement_follows();
    pos_ = keep;
    return follows;
  }
  return !asked && !closes_well(delim);
}

bool Splitter::closes_well(char delim) {
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
      if (is_letterlike(after) || is_quote(after) || static_cast<unsigned char>(after) >= 0x80) return false;
      const auto before = source_.substr(line_start, at_byte - line_start);
      return !is_blank(before) && space_at(before, before.size() - 1) == 0;
    }
  }
  return false;
}

bool Splitter::statement_follows() const {
  auto text_at = pos_;
  while (at(text_at) == ' ') ++text_at;
  if (text_at - pos_ > line_depth_) return false;
  const auto end = std::min(source_.find('\n', text_at), text_at + 80);
  return looks_like_statement(source_.substr(text_at, end - text_at));
}

std::size_t Splitter::unclosed_bracket() {
  diagnose_bracket();
  return pos_ - 1;
}

void Splitter::diagnose_bracket() {
  const auto open = first_open_.offset;
  const char close = source_[open] == '(' ? ')' : source_[open] == '[' ? ']' : '}';
  ran_on_ = true;
  diagnose("unclosed-bracket", first_open_, std::string("This '") + source_[open] + "' is never closed",
           std::string("Add the missing '") + close + "'");
}

std::size_t Splitter::unterminated(Spot spot) {
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

void Splitter::munge_inside(std::size_t begin) {
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

const std::string& Splitter::prefix() {
  if (prefix_.empty()) prefix_ = munge_prefix(file_);
  return prefix_;
}

}  // namespace bpyd::renpy
