// SPDX-License-Identifier: MIT
// Lines of a .gitignore: read once into names to match, then asked for each path of a crawl.
#include "ignore.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

namespace bpyd::io {
namespace {

using Bytes = std::bitset<256>;
constexpr auto npos = std::string_view::npos;

std::size_t byte_of(char c) { return static_cast<unsigned char>(c); }

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

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace

/// The rules by what tells them apart at a glance, so that a question looks at few of them. Rules go by
/// their number from 1, 0 is none; the highest that matches wins.
class IgnoreRules::Table {
 public:
  void add(std::string_view line) {
    auto rule = LineReader(line).read();
    if (!rule) return;
    rules_.push_back(std::move(*rule));
    file(rules_.back(), static_cast<std::uint32_t>(rules_.size()));
  }

  [[nodiscard]] bool ignored(std::string_view path, bool folder) const {
    const auto name = path.substr(path.rfind('/') + 1);
    if (name.empty()) return false;
    std::uint32_t best = std::max(latest(names_, name, folder), latest(paths_, path, folder));
    const auto by_name = [&](const Rule& rule) { return rule.parts[0].name.matches(name); };
    look(by_first_[byte_of(name.front())], folder, best, by_name);
    look(by_last_[byte_of(name.back())], folder, best, by_name);
    look(other_names_, folder, best, by_name);
    if (!other_paths_.empty()) {
      const auto depth = static_cast<std::size_t>(std::ranges::count(path, '/')) + 1;
      look(other_paths_, folder, best, [&](const Rule& rule) { return rule.least <= depth && matches_path(rule.parts, path); });
    }
    return best != 0 && !rules_[best - 1].negated;
  }

 private:
  struct Latest {
    std::uint32_t any = 0, folder = 0;  ///< the latest rule for all, and for folders (all included)
  };
  using Exact = std::unordered_map<std::string, Latest, Hash, std::equal_to<>>;
  using Numbers = std::vector<std::uint32_t>;

  void file(const Rule& rule, std::uint32_t number) {
    const auto& name = rule.parts.back().name;
    if (const auto text = sole_path(rule)) {
      auto& entry = (rule.anywhere ? names_ : paths_)[*text];
      entry.folder = number;
      if (!rule.folders_only) entry.any = number;
    } else if (!rule.anywhere) {
      other_paths_.push_back(number);
    } else if (const auto first = name.first()) {
      by_first_[byte_of(*first)].push_back(number);
    } else if (const auto last = name.last()) {
      by_last_[byte_of(*last)].push_back(number);
    } else {
      other_names_.push_back(number);
    }
  }
  /// The one path (or name) that matches, when no other can.
  static std::optional<std::string> sole_path(const Rule& rule) {
    std::string path;
    for (const auto& part : rule.parts) {
      const auto* name = part.several ? nullptr : part.name.sole();
      if (!name) return std::nullopt;
      if (!path.empty()) path += '/';
      path += *name;
    }
    return path;
  }
  static std::uint32_t latest(const Exact& exact, std::string_view text, bool folder) {
    if (exact.empty()) return 0;
    const auto found = exact.find(text);
    if (found == exact.end()) return 0;
    return folder ? found->second.folder : found->second.any;
  }
  template <class Matches>
  void look(const Numbers& numbers, bool folder, std::uint32_t& best, const Matches& matches) const {
    for (auto number = numbers.rbegin(); number != numbers.rend() && *number > best; ++number) {
      const auto& rule = rules_[*number - 1];
      if ((folder || !rule.folders_only) && matches(rule)) best = *number;
    }
  }

  std::vector<Rule> rules_;
  Exact names_, paths_;
  std::array<Numbers, 256> by_first_, by_last_;  ///< by a name's first or last byte, where a rule tells it
  Numbers other_names_, other_paths_;
};

IgnoreRules::IgnoreRules(const std::vector<std::string>& lines, const std::vector<std::string>& more) {
  const auto table = std::make_shared<Table>();
  for (const auto& line : lines) table->add(line);
  for (const auto& line : more) table->add(line);
  table_ = table;
}
IgnoreRules::IgnoreRules(const std::vector<std::string>& more) : IgnoreRules(defaults(), more) {}
IgnoreRules IgnoreRules::only(const std::vector<std::string>& lines) { return {lines, {}}; }

bool IgnoreRules::ignored(std::string_view path, bool folder) const { return table_->ignored(path, folder); }

bool IgnoreRules::ignored_within(std::string_view path, bool folder) const {
  for (auto slash = path.find('/'); slash != npos; slash = path.find('/', slash + 1)) {
    if (table_->ignored(path.substr(0, slash), true)) return true;
  }
  return table_->ignored(path, folder);
}

std::string IgnoreRules::problem(std::string_view line) {
  LineReader reader(line);
  (void)reader.read();
  return reader.problem();
}

const std::vector<std::string>& IgnoreRules::defaults() {
  static const std::vector<std::string> lines = {
      ".git/", ".hg/", ".svn/", "saves/", "cache/", ".branchpy/", "tmp/", "__pycache__/", "node_modules/",
      "*.rpyc", "*.rpymc", "*.rpyb", "*.pyc", "*.bak", "*~", ".#*", "\\#*#", "*.swp", "*.swx", "*.swo", "4913",
      "*.tmp", "*.part", ".*.tmp*", ".goutputstream-*", ".bpyd-tmp-*", "*.kate-swp", ".DS_Store",
      "log.txt", "errors.txt", "traceback.txt"};
  return lines;
}

}  // namespace bpyd::io
