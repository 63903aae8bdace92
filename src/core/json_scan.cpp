// SPDX-License-Identifier: MIT
// A strict JSON walker that keeps no values.
#include "bpyd/core/json_scan.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "bpyd/core/strings.hpp"

namespace bpyd {
namespace {

constexpr int kDeepest = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Recursive descent over one text; every function leaves `at` behind what it accepted.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  [[nodiscard]] std::string_view since(std::size_t start) const { return text_.substr(start, at_ - start); }

  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// With the quotes. `plain` tells whether there was no escape in it.
  bool string(bool& plain) {
    plain = true;
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') continue;
      plain = false;
      if (!escape()) return false;
    }
    return false;
  }

  bool value(int depth) {
    if (at_ >= text_.size()) return false;
    bool plain = false;
    switch (text_[at_]) {
      case '{': return depth < kDeepest && object(depth + 1, [](std::string_view, bool, std::string_view) {});
      case '[': return depth < kDeepest && array(depth + 1);
      case '"': return string(plain);
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  /// Calls `each(name in quotes, name is plain, value)` for every member.
  template <class Each>
  bool object(int depth, const Each& each) {
    if (!take('{')) return false;
    space();
    if (take('}')) return true;
    for (;;) {
      bool plain = false;
      const std::size_t name_at = at_;
      if (!string(plain)) return false;
      const auto name = since(name_at);
      space();
      if (!take(':')) return false;
      space();
      const std::size_t value_at = at_;
      if (!value(depth)) return false;
      each(name, plain, since(value_at));
      space();
      if (take('}')) return true;
      if (!take(',')) return false;
      space();
    }
  }

 private:
  bool array(int depth) {
    if (!take('[')) return false;
    space();
    if (take(']')) return true;
    for (;;) {
      if (!value(depth)) return false;
      space();
      if (take(']')) return true;
      if (!take(',')) return false;
      space();
    }
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool digits() {
    const auto start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  bool hex4(unsigned& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ >= text_.size()) return false;
      const char c = text_[at_];
      const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) return false;
      unit = unit * 16 + static_cast<unsigned>(digit);
    }
    return true;
  }

  bool escape() {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    if (c != 'u') return std::string_view("\"\\/bfnrt").contains(c);
    unsigned unit = 0;
    if (!hex4(unit)) return false;
    if (unit >= 0xDC00 && unit <= 0xDFFF) return false;  // the second half of a pair, alone
    if (unit < 0xD800 || unit > 0xDBFF) return true;
    return take('\\') && take('u') && hex4(unit) && unit >= 0xDC00 && unit <= 0xDFFF;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string unescaped(std::string_view quoted) {
  const auto parsed = nlohmann::json::parse(quoted, nullptr, false);
  return parsed.is_string() ? parsed.get<std::string>() : std::string();
}

}  // namespace

Result<JsonMembers> JsonMembers::scan(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return fail(Code::not_json, "The text holds a NUL byte");
  if (!is_utf8(text)) return fail(Code::not_json, "The text is not UTF-8");
  JsonMembers result;
  result.members_.reserve(8);
  Walker walker(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text);
  walker.space();
  const bool ok = walker.object(1, [&](std::string_view name, bool plain, std::string_view value) {
    result.members_.push_back({plain ? std::string(name.substr(1, name.size() - 2)) : unescaped(name), value});
  });
  if (!ok) return fail(Code::not_json, "Not a JSON object: the text goes wrong at byte " + std::to_string(walker.at() + 1));
  walker.space();
  if (!walker.done()) return fail(Code::not_json, "Something follows the JSON object, at byte " + std::to_string(walker.at() + 1));
  return result;
}

std::optional<std::string_view> JsonMembers::raw(std::string_view name) const {
  const auto found = std::find_if(members_.rbegin(), members_.rend(), [&](const Member& member) { return member.name == name; });
  if (found == members_.rend()) return std::nullopt;
  return found->value;
}

std::vector<std::string> JsonMembers::names() const {
  std::vector<std::string> list;
  for (const auto& member : members_) list.push_back(member.name);
  return list;
}

std::optional<std::string> JsonMembers::text_of(std::string_view raw) {
  if (!raw.starts_with('"')) return std::nullopt;
  if (raw.find('\\') == std::string_view::npos) return std::string(raw.substr(1, raw.size() - 2));
  return unescaped(raw);
}

std::optional<std::string> JsonMembers::text(std::string_view name) const {
  const auto value = raw(name);
  return value ? text_of(*value) : std::nullopt;
}

void append_json_string(std::string& out, std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
  if (plain) {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

std::string on_one_line(std::string_view json) {
  std::string line(json);
  for (const char end : {'\n', '\r'}) {
    if (line.contains(end)) std::ranges::replace(line, end, ' ');
  }
  return line;
}

}  // namespace bpyd
