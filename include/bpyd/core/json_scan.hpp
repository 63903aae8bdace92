// SPDX-License-Identifier: MIT
// A JSON object's members as they stand in the text: for what must go out exactly as it came in,
// and for the wire path, where building a tree would cost more than the rest of the work.
// Accepts what parse_json_object accepts (but for numbers too large for a double, which it lets
// pass): the fuzz target `json` holds the two against each other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/core/error.hpp"

namespace bpyd {

/// Views into the text it was made from, which must outlive it. A value, any thread.
class JsonMembers {
 public:
  /// Valid UTF-8, no NUL, at most 64 deep, one object, nothing behind it; else not_json.
  static Result<JsonMembers> scan(std::string_view text);

  /// The member's value as written; nothing when absent. The last of several wins.
  [[nodiscard]] std::optional<std::string_view> raw(std::string_view name) const;
  /// Every member in the order of the text, doubles among them: one walk, however many there are.
  template <class Visit>
  void each(const Visit& visit) const {
    for (const auto& member : members_) visit(member.name, member.value);
  }
  /// A value as written, unescaped when it is a string.
  static std::optional<std::string> text_of(std::string_view raw);
  /// The names, in the order of the text.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The member's value when it is a string, unescaped.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

 private:
  struct Member {
    std::string name;
    std::string_view value;
  };
  std::vector<Member> members_;
};

/// `text` as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// A JSON text on one line: newlines between tokens become spaces (inside strings there are none).
std::string on_one_line(std::string_view json);

}  // namespace bpyd
