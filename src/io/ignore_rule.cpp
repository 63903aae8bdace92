// SPDX-License-Identifier: MIT
// Reading a line as git does, and matching a path with it.
#include "ignore_rule.hpp"

#include <algorithm>

namespace bpyd::io {
namespace {

/// git's own classes: ASCII whatever the locale, and no vertical tab or form feed among the spaces.
std::optional<Bytes> byte_class(std::string_view name) {
  using Test = bool (*)(std::size_t);
  constexpr Test digit = [](std::size_t c) { return c >= '0' && c <= '9'; };
  constexpr Test lower = [](std::size_t c) { return c >= 'a' && c <= 'z'; };
  constexpr Test upper = [](std::size_t c) { return c >= 'A' && c <= 'Z'; };
  constexpr Test alpha = [](std::size_t c) { return lower(c) || upper(c); };
  constexpr Test alnum = [](std::size_t c) { return alpha(c) || digit(c); };
  constexpr Test graph = [](std::size_t c) { return c > ' ' && c < 0x7f; };
  static constexpr std::pair<std::string_view, Test> kClasses[] = {
      {"alnum", alnum}, {"alpha", alpha}, {"digit", digit}, {"graph", graph}, {"lower", lower}, {"upper", upper},
      {"blank", [](std::size_t c) { return c == ' ' || c == '\t'; }},
      {"cntrl", [](std::size_t c) { return c < ' ' || c == 0x7f; }},
      {"print", [](std::size_t c) { return graph(c) || c == ' '; }},
      {"punct", [](std::size_t c) { return graph(c) && !alnum(c); }},
      {"space", [](std::size_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }},
      {"xdigit", [](std::size_t c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }}};
  const auto* found = std::ranges::find(kClasses, name, &std::pair<std::string_view, Test>::first);
  if (found == std::end(kClasses)) return std::nullopt;
  Bytes bytes;
  for (std::size_t c = 0; c < bytes.size(); ++c) bytes[c] = found->second(c);
  return bytes;
}

/// Reads one line. Nothing is left of comments, blank lines and lines with a problem.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : text_(trimmed(line)) {}

  std::optional<Rule> read() {
    if (text_.empty() || text_.front() == '#') return std::nullopt;
    if (text_.find('\0') != npos) return refuse("it holds a NUL byte");
    if (text_.find('\n') != npos) return refuse("it holds a line break; each rule is a line of its own");
    rule_.negated = take('!');
    if (text_.ends_with('/')) {
      rule_.folders_only = true;
      text_.remove_suffix(1);
    }
    whole_path_ = text_.contains('/');
    take('/');
    if (text_.empty()) return refuse("it names nothing");
    while (at_ < text_.size() && problem_.empty()) step();
    if (problem_.empty() && !closed_) end_name();
    if (!problem_.empty()) return std::nullopt;
    settle();
    return std::move(rule_);
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  /// Without the end of the line: one '\r', then spaces that no backslash keeps.
  static std::string_view trimmed(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) return line;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      if (line[at] == '\\') at = std::min(at + 1, line.size() - 1);
      else if (line[at] == ' ') continue;
      kept = at + 1;
    }
    return line.substr(0, kept);
  }
  std::nullopt_t refuse(std::string why) {
    problem_ = std::move(why);
    return std::nullopt;
  }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  void step() {
    const char c = text_[at_];
    closed_ = false;
    if (c == '*') return stars();
    ++at_;
    if (c == '/') return end_name();
    if (c == '?') return name_.add_any();
    if (c == '[') return bracket();
    if (c != '\\') return name_.add_byte(c);
    if (at_ == text_.size()) return void(refuse("a backslash at the end has nothing to escape"));
    const char escaped = text_[at_++];
    if (escaped == '/') end_name();
    else name_.add_byte(escaped);
  }

  /// Two stars and more that have a name's place to themselves stand for names; others for bytes of one.
  /// (git before 2.52 took "a**/b" for "a" and "**/b"; its manual never did.)
  void stars() {
    const auto begin = at_;
    at_ = std::min(text_.find_first_not_of('*', at_), text_.size());
    const auto rest = text_.substr(at_);
    const bool alone = (begin == 0 || text_[begin - 1] == '/') && (rest.empty() || rest.starts_with('/') || rest.starts_with("\\/"));
    if (!whole_path_ || at_ - begin < 2 || !alone) return name_.add_star();
    // Before a plain slash they may stand for no name at all; at the end and before an escaped one not.
    const bool none_will_do = rest.starts_with('/');
    if (!rest.empty()) at_ += none_will_do ? 1 : 2;
    add_several(none_will_do ? 0 : 1);
    closed_ = rest.empty();
  }
  void add_several(std::size_t at_least) {
    if (!rule_.parts.empty() && rule_.parts.back().several) rule_.parts.pop_back();
    if (at_least > 0) {
      rule_.parts.emplace_back();
      rule_.parts.back().name.add_star();
      rule_.parts.back().name.finish();
    }
    rule_.parts.push_back({.several = true});
  }
  void end_name() {
    if (name_.empty()) return void(refuse("there is no name between two slashes"));
    name_.finish();
    if (const auto* sole = name_.sole(); sole && (*sole == "." || *sole == "..")) {
      return void(refuse("\"" + *sole + "\" is no name: paths begin at the root"));
    }
    rule_.parts.push_back({.name = std::exchange(name_, {})});
  }

  /// Behind a "[". What comes first belongs to the set, be it a "]".
  void bracket() {
    const bool inverted = at_ < text_.size() && (text_[at_] == '!' || text_[at_] == '^');
    if (inverted) ++at_;
    Bytes bytes;
    range_from_.reset();
    do {
      if (at_ == text_.size()) return void(refuse("a [ has no ]"));
      if (!bracket_item(bytes)) return;
    } while (at_ == text_.size() || text_[at_] != ']');
    ++at_;
    if (inverted) bytes.flip();
    bytes.reset(byte_of('/')).reset(0);
    if (bytes.none()) return void(refuse("a [...] has no character to match"));
    name_.add_set(bytes);
  }
  bool bracket_item(Bytes& bytes) {
    const auto next = text_.substr(at_ + 1);
    if (text_[at_] == '[' && next.starts_with(':')) {
      const auto close = next.find(']');
      if (close == npos) return refuse("a [ has no ]"), false;
      if (close > 1 && next[close - 1] == ':') return named_class(next.substr(1, close - 2), bytes);
    }
    if (text_[at_] == '-' && range_from_ && !next.empty() && next[0] != ']') {
      ++at_;
      const auto to = bracket_byte();
      if (!to) return false;
      for (auto c = *range_from_; c <= *to; ++c) bytes.set(c);
      range_from_.reset();
      return true;
    }
    range_from_ = bracket_byte();
    if (range_from_) bytes.set(*range_from_);
    return range_from_.has_value();
  }
  bool named_class(std::string_view name, Bytes& bytes) {
    const auto found = byte_class(name);
    if (!found) return refuse("there is no class [:" + std::string(name) + ":]"), false;
    bytes |= *found;
    at_ += name.size() + 4;
    range_from_.reset();
    return true;
  }
  std::optional<std::size_t> bracket_byte() {
    if (text_[at_] == '\\') ++at_;
    if (at_ == text_.size()) return refuse("a [ has no ]");
    return byte_of(text_[at_++]);
  }

  void settle() {
    rule_.anywhere = !whole_path_;
    if (rule_.parts.size() == 2 && rule_.parts[0].several && !rule_.parts[1].several) {  // "**/name"
      rule_.parts.erase(rule_.parts.begin());
      rule_.anywhere = true;
    }
    rule_.least = static_cast<std::size_t>(std::ranges::count(rule_.parts, false, &Part::several));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool whole_path_ = false;  ///< a slash within: matched from the root
  bool closed_ = false;      ///< behind a last "**": no name is open
  std::optional<std::size_t> range_from_;
  NamePattern name_;
  Rule rule_;
  std::string problem_;
};

}  // namespace

ReadLine read_ignore_line(std::string_view line) {
  LineReader reader(line);
  auto rule = reader.read();
  return {std::move(rule), reader.problem()};
}

/// As NamePattern with its stars: only the latest "**" ever has to take more names.
bool matches_path(const std::vector<Part>& parts, std::string_view path) {
  const auto end_of_name = [path](std::size_t at) { return std::min(path.find('/', at), path.size()); };
  std::size_t part = 0, several = npos, taken = 0;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = end_of_name(at);
    if (part < parts.size() && parts[part].several) {
      several = part++;
      taken = at;
      if (part == parts.size()) return true;
    } else if (part < parts.size() && parts[part].name.matches(path.substr(at, end - at))) {
      ++part;
      at = end + 1;
    } else if (several != npos) {
      part = several + 1;
      at = taken = end_of_name(taken) + 1;
    } else {
      return false;
    }
  }
  return part == parts.size() || (part + 1 == parts.size() && parts[part].several);
}

}  // namespace bpyd::io
