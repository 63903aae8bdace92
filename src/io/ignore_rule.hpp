// SPDX-License-Identifier: MIT
// One line of a .gitignore, read: what each name of a path must look like.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bpyd::io {

using Bytes = std::bitset<256>;
inline constexpr auto npos = std::string_view::npos;

inline std::size_t byte_of(char c) { return static_cast<unsigned char>(c); }

struct Token {
  enum Kind : std::uint8_t { star, any, byte, set };
  Kind kind;
  char literal = 0;
  std::uint32_t set_index = 0;
};

/// What one name of a path must look like.
class NamePattern {
 public:
  void add_star() {
    if (tokens_.empty() || tokens_.back().kind != Token::star) tokens_.push_back({Token::star});
  }
  void add_any() { tokens_.push_back({Token::any}); }
  void add_byte(char c) { tokens_.push_back({Token::byte, c}); }
  void add_set(const Bytes& bytes) {
    tokens_.push_back({Token::set, 0, static_cast<std::uint32_t>(sets_.size())});
    sets_.push_back(bytes);
  }
  [[nodiscard]] bool empty() const { return tokens_.empty(); }
  /// To be called when all is added: most patterns are text with a star before or behind, or none.
  void finish() {
    const auto stars = std::ranges::count(tokens_, Token::star, &Token::kind);
    const auto bytes = std::ranges::count(tokens_, Token::byte, &Token::kind);
    least_ = tokens_.size() - static_cast<std::size_t>(stars);
    if (static_cast<std::size_t>(bytes) != least_ || stars > 1) return;
    if (stars == 0) shape_ = exactly;
    else if (tokens_.front().kind == Token::star) shape_ = ends;
    else if (tokens_.back().kind == Token::star) shape_ = begins;
    else return;
    for (const auto& token : tokens_) {
      if (token.kind == Token::byte) text_ += token.literal;
    }
  }

  /// The one name that matches, or nothing when several can.
  [[nodiscard]] const std::string* sole() const { return shape_ == exactly ? &text_ : nullptr; }
  [[nodiscard]] std::optional<char> first() const { return literal(tokens_.front()); }
  [[nodiscard]] std::optional<char> last() const { return literal(tokens_.back()); }

  [[nodiscard]] bool matches(std::string_view name) const {
    switch (shape_) {
      case exactly: return name == text_;
      case begins: return name.starts_with(text_);
      case ends: return name.ends_with(text_);
      case mixed: break;
    }
    return name.size() >= least_ && matches_tokens(name);
  }

 private:
  static std::optional<char> literal(const Token& token) {
    return token.kind == Token::byte ? std::optional(token.literal) : std::nullopt;
  }
  [[nodiscard]] bool takes(const Token& token, char c) const {
    if (token.kind == Token::byte) return token.literal == c;
    return token.kind == Token::any || (token.kind == Token::set && sets_[token.set_index][byte_of(c)]);
  }
  /// Only the latest star ever has to take more: what matched before it, matched as early as it could.
  /// With `least_` asked first that is at most the name's length squared, however long the pattern.
  [[nodiscard]] bool matches_tokens(std::string_view name) const {
    std::size_t token = 0, star = npos, taken = 0;
    for (std::size_t at = 0; at < name.size();) {
      if (token < tokens_.size() && tokens_[token].kind == Token::star) {
        star = token++;
        taken = at;
        if (token == tokens_.size()) return true;
      } else if (token < tokens_.size() && takes(tokens_[token], name[at])) {
        ++token;
        ++at;
      } else if (star != npos) {
        token = star + 1;
        at = ++taken;
      } else {
        return false;
      }
    }
    return token == tokens_.size() || (token + 1 == tokens_.size() && tokens_[token].kind == Token::star);
  }

  enum Shape : std::uint8_t { mixed, exactly, begins, ends };
  Shape shape_ = mixed;
  std::size_t least_ = 0;  ///< bytes that a name needs
  std::string text_;       ///< of the shapes but mixed
  std::vector<Token> tokens_;
  std::vector<Bytes> sets_;
};

/// Of a whole path: any number of names (a "**"), or one name.
struct Part {
  bool several = false;
  NamePattern name{};
};

struct Rule {
  bool negated = false;
  bool folders_only = false;
  bool anywhere = false;  ///< the only part is matched with the last name, at any depth
  std::vector<Part> parts{};
  std::size_t least = 0;  ///< names that a path needs
};

struct ReadLine {
  std::optional<Rule> rule;  ///< none for comments, blank lines and lines with a problem
  std::string problem;       ///< why it can never match; empty: it can
};
ReadLine read_ignore_line(std::string_view line);

/// Do these parts match this whole path?
bool matches_path(const std::vector<Part>& parts, std::string_view path);

}  // namespace bpyd::io
