// SPDX-License-Identifier: MIT
// Ignore rules: what git's manual says, and git itself as the judge of many random rules.
#include "ignore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "temp_dir.hpp"

namespace bpyd::io {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;
using std::string_literals::operator""s;

// A path with a '/' at its end is a folder.
bool ignores(const Lines& lines, std::string path) {
  const bool folder = path.ends_with('/');
  if (folder) path.pop_back();
  return IgnoreRules::only(lines).ignored(path, folder);
}

void expect_matches(const std::string& line, const Lines& matched, const Lines& others) {
  for (const auto& path : matched) EXPECT_TRUE(ignores({line}, path)) << line << " on " << path;
  for (const auto& path : others) EXPECT_FALSE(ignores({line}, path)) << line << " on " << path;
  EXPECT_EQ(IgnoreRules::problem(line), "") << line;
}

TEST(IgnoreRules, MatchANameWithoutASlashAtAnyDepth) {
  expect_matches("foo", {"foo", "foo/", "a/foo", "a/b/foo/"}, {"foo2", "afoo", "Foo", "foo/a"});
  expect_matches("*.rpyc", {"a.rpyc", ".rpyc", "x/y/a.rpyc", "x.rpyc/"}, {"a.rpy", "a.rpyc/x", "a.rpyc2"});
  expect_matches("tmp*", {"tmp", "x/tmpfile"}, {"atmp", "tmp1/x"});
  expect_matches("a*b*c", {"abc", "axxbyybzc", "d/abcbc"}, {"ab", "acb", "abcd", "ab/c"});
  expect_matches("*", {"a", ".a", "a/b", "a/"}, {});
}

TEST(IgnoreRules, MatchFoldersOnlyBeforeASlashAtTheEnd) {
  expect_matches("saves/", {"saves/", "game/saves/"}, {"saves", "game/saves", "saves/x"});
  expect_matches("*/", {"a/", "a/b/"}, {"a", "a/b"});
  expect_matches("**/", {"a/", "a/b/"}, {"a", "a/b"});
  expect_matches("game/*.d/", {"game/x.d/"}, {"game/x.d", "x.d/", "a/game/x.d/"});
}

TEST(IgnoreRules, MatchFromTheRootWithASlashBeforeTheEnd) {
  expect_matches("/foo", {"foo", "foo/"}, {"a/foo"});
  expect_matches("a/foo", {"a/foo"}, {"foo", "b/a/foo", "a/b/foo"});
  expect_matches("/a/foo/", {"a/foo/"}, {"a/foo", "b/a/foo/"});
  expect_matches("/*.c", {"cat.c"}, {"mozilla-sha1/sha1.c"});
  expect_matches("foo/*", {"foo/test.json", "foo/bar/"}, {"foo/bar/hello.c", "foo"});
}

TEST(IgnoreRules, LetNoWildcardMatchASlash) {
  expect_matches("a?b", {"axb", "a.b", "x/a-b"}, {"ab", "axxb", "a/b"});
  expect_matches("x/a?b", {"x/acb"}, {"x/a/b"});
  expect_matches("x/a*b", {"x/ab", "x/a..b"}, {"x/a/b", "x/a/x/b"});
  expect_matches("a[b/]c", {"abc"}, {"a/c", "x/abc"});
  expect_matches("x/a[!b]c", {"x/acc"}, {"x/a/c", "x/abc"});
  expect_matches("x/a[+-9]c", {"x/a.c", "x/a0c"}, {"x/a/c"});
}

TEST(IgnoreRules, ReadBracketsAsGitDoes) {
  expect_matches("[ab]", {"a", "b"}, {"c", "ab"});
  expect_matches("[a-c]x", {"ax", "bx", "cx"}, {"dx", "-x"});
  expect_matches("[!a-c]x", {"dx", "-x", "!x"}, {"ax", "bx"});
  expect_matches("[^a]x", {"bx", "^x"}, {"ax"});
  expect_matches("[a^]x", {"ax", "^x"}, {"bx"});
  expect_matches("[]a]", {"]", "a"}, {"[", "[]a]"});
  expect_matches("[!]a]", {"b", "["}, {"]", "a"});
  expect_matches("[]-a]", {"]", "^", "_", "a"}, {"-", "b"});
  expect_matches("[a-]", {"a", "-"}, {"b"});
  expect_matches("[-a]", {"a", "-"}, {"b"});
  expect_matches("[a-c-e]", {"b", "-", "e"}, {"d"});
  expect_matches("[\\]]", {"]"}, {"\\"});
  expect_matches("[\\\\]", {"\\"}, {"a"});
  expect_matches("[a\\-c]", {"a", "-", "c"}, {"b"});
  expect_matches("[b-a]", {"b"}, {"a", "-"});
  expect_matches("[[a]", {"[", "a"}, {"]"});
  expect_matches("[[:]", {"[", ":"}, {"]"});
  expect_matches("[*?]", {"*", "?"}, {"a"});
  expect_matches("[[:digit:]]", {"7"}, {"a", ":"});
  expect_matches("[![:digit:]x]", {"a", ":"}, {"7", "x"});
  expect_matches("[[:upper:][:digit:]_]1", {"A1", "21", "_1"}, {"a1"});
}

TEST(IgnoreRules, LetTwoStarsStandForFolders) {
  expect_matches("**/foo", {"foo", "a/foo", "a/b/foo/"}, {"foo/a", "afoo"});
  expect_matches("**/foo/bar", {"foo/bar", "a/foo/bar"}, {"foo/a/bar", "bar", "a/bar"});
  expect_matches("abc/**", {"abc/x", "abc/x/y/"}, {"abc", "abc/", "x/abc/y"});
  expect_matches("a/**/b", {"a/b", "a/x/b", "a/x/y/b"}, {"ab", "a", "x/a/b", "a/bb"});
  expect_matches("**/a/b", {"a/b", "a/a/b", "a/b/a/b"}, {"a/b/a", "a/x/b"});
  expect_matches("a/**/a/*/b", {"a/a/a/b", "a/a/a/a/b", "a/x/a/y/a/z/b"}, {"a/a/b", "a/a/x/y/b"});
  expect_matches("**/a/**/b/**", {"a/b/c", "x/a/y/b/z/z"}, {"a/b", "b/a/c"});
  expect_matches("a/***/b", {"a/b", "a/x/y/b"}, {"ab"});
  expect_matches("**", {"a", "a/b"}, {});
  expect_matches("/**", {"a", "a/b"}, {});
  expect_matches("**/**", {"a", "a/b"}, {});
  expect_matches("a/**/**", {"a/b", "a/b/c"}, {"a"});
  expect_matches("**\\/x", {"a/x", "a/b/x"}, {"x"});
  expect_matches("a/**\\/**/b", {"a/x/b", "a/x/y/b"}, {"a/b"});
}

TEST(IgnoreRules, TakeOtherStarsInARowForOne) {
  expect_matches("a**", {"a", "abc", "x/ab"}, {"ba"});
  expect_matches("a/b**", {"a/b", "a/bcd"}, {"a/bc/d", "a/cb"});
  expect_matches("a**/b", {"a/b", "axx/b"}, {"ab", "a/x/b", "ax/y/b"});
  expect_matches("a/**b", {"a/b", "a/xb"}, {"a/x/b"});
  expect_matches("a**b/c", {"ab/c", "axb/c"}, {"a/b/c"});
}

TEST(IgnoreRules, LetABackslashTakeTheMeaningAway) {
  expect_matches("\\#a", {"#a"}, {"a", "\\#a"});
  expect_matches("\\!a", {"!a"}, {"a"});
  expect_matches("a\\*", {"a*"}, {"ab", "a\\*"});
  expect_matches("a\\?b", {"a?b"}, {"axb"});
  expect_matches("\\[a]", {"[a]"}, {"a"});
  expect_matches("\\a", {"a"}, {"\\a"});
  expect_matches("a\\\\b", {"a\\b"}, {"ab"});
  expect_matches("a\\/b", {"a/b"}, {"x/a/b"});
  expect_matches("a#b", {"a#b"}, {"a"});
  expect_matches("a!", {"a!"}, {"a"});
}

TEST(IgnoreRules, DropSpacesAtTheEndUnlessEscaped) {
  expect_matches("a  ", {"a"}, {"a  "});
  expect_matches("a\\ ", {"a "}, {"a"});
  expect_matches("a\\  ", {"a "}, {"a", "a  "});
  expect_matches("a \\ b ", {"a  b"}, {"a  b "});
  expect_matches("a\\\\ ", {"a\\"}, {"a\\ ", "a "});
  expect_matches(" a", {" a"}, {"a"});
  expect_matches("a\t", {"a\t"}, {"a"});
  expect_matches("a/ ", {"a/"}, {"a"});
  expect_matches("a\r", {"a"}, {"a\r"});
  expect_matches("a \r", {"a"}, {"a "});
  expect_matches("a\r\r", {"a\r"}, {"a"});
}

TEST(IgnoreRules, SkipCommentsAndBlankLines) {
  for (const char* line : {"", " ", "   ", "\r", "#", "# a", "#a\\"}) expect_matches(line, {}, {"a", "#", "# a", " ", "\r", "a/"});
}

TEST(IgnoreRules, TakeBytesForBytes) {
  expect_matches("\xc3\xa4", {"\xc3\xa4"}, {"\xc3\x84"});
  expect_matches("??", {"\xc3\xa4"}, {"\xc3"});
  expect_matches("[\x80-\xff]*", {"\xc3\xa4"}, {"a"});
  expect_matches("[![:alpha:]]", {"\xe4"}, {"a"});
}

TEST(IgnoreRules, LetTheLastMatchWin) {
  EXPECT_FALSE(ignores({"*.c", "!a.c"}, "a.c"));
  EXPECT_TRUE(ignores({"*.c", "!a.c"}, "b.c"));
  EXPECT_TRUE(ignores({"!a.c", "*.c"}, "a.c"));
  EXPECT_TRUE(ignores({"a*", "!*b", "/ab"}, "ab"));
  EXPECT_FALSE(ignores({"a*", "!*b", "/ab"}, "x/ab"));
  EXPECT_FALSE(ignores({"a", "!a/"}, "a/"));
  EXPECT_TRUE(ignores({"a", "!a/"}, "a"));
  EXPECT_TRUE(ignores({"!a", "a/"}, "a/"));
  EXPECT_FALSE(ignores({"a/", "!a"}, "a/"));
  EXPECT_FALSE(ignores({"**/x/**", "!x/y"}, "x/y"));
  EXPECT_TRUE(ignores({"!!a", "!a", "a"}, "a"));
  EXPECT_FALSE(ignores({"a", "!", "!/"}, "b"));
}

TEST(IgnoreRules, TakeNothingBackFromAnIgnoredFolder) {
  const auto rules = IgnoreRules::only({"a/", "!a/keep", "!keep", "*.x", "!/d"});
  EXPECT_FALSE(rules.ignored("a/keep", false));
  EXPECT_TRUE(rules.ignored_within("a/keep", false));
  EXPECT_TRUE(rules.ignored_within("q/a/b/c", false));
  EXPECT_TRUE(rules.ignored_within("a", true));
  EXPECT_FALSE(rules.ignored_within("a", false));
  EXPECT_TRUE(rules.ignored_within("b.x/y/z", true));
  EXPECT_FALSE(rules.ignored_within("d/keep", false));
  // The manual's example: everything but foo/bar.
  const auto manual = IgnoreRules::only({"/*", "!/foo", "/foo/*", "!/foo/bar"});
  EXPECT_FALSE(manual.ignored_within("foo/bar/x", false));
  EXPECT_TRUE(manual.ignored_within("foo/baz/x", false));
  EXPECT_TRUE(manual.ignored_within("baz", false));
}

TEST(IgnoreRules, NeverIgnoreTheRoot) {
  for (const char* line : {"*", "**", "/**", "**/", "*/"}) EXPECT_FALSE(ignores({line}, "/")) << line;
}

TEST(IgnoreRules, BeginWithTheDefaults) {
  const IgnoreRules rules;
  for (const char* folder : {".git", "game/saves", "game/cache", "tmp", "a/__pycache__", "node_modules", ".branchpy"}) {
    EXPECT_TRUE(rules.ignored(folder, true)) << folder;
    EXPECT_FALSE(rules.ignored(folder, false)) << folder;
  }
  for (const char* file : {"a.rpyc", "game/a.rpymc", "a~", ".#a", "#a#", ".a.swp", "4913", ".a.tmp12", ".bpyd-tmp-x", ".DS_Store", "log.txt"}) {
    EXPECT_TRUE(rules.ignored(file, false)) << file;
  }
  for (const char* file : {"game/script.rpy", "a.txt", "tmpx", "#a", "saves.rpy", "game/49130"}) EXPECT_FALSE(rules.ignored(file, false)) << file;
  for (const auto& line : IgnoreRules::defaults()) EXPECT_EQ(IgnoreRules::problem(line), "") << line;
}

TEST(IgnoreRules, TakeDefaultsBack) {
  const IgnoreRules rules(Lines{"!saves/", "!*.bak", "/docs/**/*.png"});
  EXPECT_FALSE(rules.ignored("game/saves", true));
  EXPECT_FALSE(rules.ignored("a.bak", false));
  EXPECT_TRUE(rules.ignored("game/cache", true));
  EXPECT_TRUE(rules.ignored("docs/a/b.png", false));
  const auto copy = rules;
  EXPECT_TRUE(copy.ignored("docs/b.png", false));
}

TEST(IgnoreRules, SayWhyALineNeverMatches) {
  const std::map<std::string, std::string> problems{
      {"a[b", "a [ has no ]"},         {"[]", "a [ has no ]"},        {"[!]", "a [ has no ]"},
      {"[a\\", "a [ has no ]"},        {"[[:alpha:]", "a [ has no ]"}, {"[[:al", "a [ has no ]"},
      {"[[:word:]]", "there is no class [:word:]"}, {"[[::]]", "there is no class [::]"},
      {"a[/]b", "a [...] has no character to match"},
      {"[!\x01-\xff]", "a [...] has no character to match"},
      {"a\\", "a backslash at the end has nothing to escape"}, {"a\\/", "a backslash at the end has nothing to escape"},
      {"/", "it names nothing"},       {"!", "it names nothing"},     {"! ", "it names nothing"}, {"//", "it names nothing"},
      {"a//b", "there is no name between two slashes"}, {"//a", "there is no name between two slashes"},
      {"a//", "there is no name between two slashes"},  {"**//", "there is no name between two slashes"},
      {"./a", "\".\" is no name: paths begin at the root"}, {"../a", "\"..\" is no name: paths begin at the root"},
      {"a/\\./b", "\".\" is no name: paths begin at the root"},
      {"a\0b"s, "it holds a NUL byte"}, {"a\nb", "it holds a line break; each rule is a line of its own"}};
  for (const auto& [line, why] : problems) {
    EXPECT_EQ(IgnoreRules::problem(line), why) << line;
    if (!line.starts_with('!')) {
      EXPECT_EQ(IgnoreRules::problem("!" + line), why) << line;
    }
  }
  EXPECT_FALSE(ignores({"*", "!a["}, "x/") == ignores({"!a["}, "x/")) << "the other lines hold";
}

// Bounded by the path, not by the rule: an engine that backtracks would not come back from these.
TEST(IgnoreRules, AnswerHostileRulesInBoundedTime) {
  const auto repeated = [](const std::string& what, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += what;
    return text;
  };
  const std::string name(255, 'a'), path = repeated(name + "/", 4000) + name, deep = repeated("a/", 4094) + "a";
  for (const std::size_t bytes : {64u, 250u, 4000u, 65536u}) {
    for (const char* what : {"a*", "*a", "?*", "*?", "[ab]*", "*[!b]", "**a", "a**", "**/", "**/a*/", "a/**/", "**/**/a/", "*/", "\\a*", "[a-", "[[:alpha:]]"}) {
      const auto middle = repeated(what, bytes);
      const auto rules = IgnoreRules::only({middle + "b", "b" + middle, "**/" + middle + "/b", middle + "/x", "**/**/" + middle});
      for (const auto& asked : {name, path, deep}) {
        (void)rules.ignored(asked, true);
        (void)rules.ignored_within(asked.substr(0, 1000), false);
      }
    }
  }
  EXPECT_FALSE(ignores({repeated("a*", 65536) + "b"}, path));
  EXPECT_TRUE(ignores({repeated("a*", 400) + "a"}, path));
  EXPECT_TRUE(ignores({repeated("**/", 65536) + "a"}, deep));
  EXPECT_FALSE(ignores({repeated("**/", 65536) + "x"}, deep));
  EXPECT_TRUE(ignores({repeated("**/a/", 4000) + "**"}, deep));
}

/// Rules in folders of their own, and git's word on all of them from one run.
class IgnoreOracle {
 public:
  IgnoreOracle() { run("init -q --template="); }

  /// Adds a case: `paths` as in ignores(). Folders are made, as git looks what they are.
  void add(Lines lines, Lines paths) {
    const auto folder = std::to_string(cases_.size());
    std::string file;
    for (const auto& line : lines) file += line + "\n";
    test::write_file(top_ / folder / ".gitignore", file);
    for (const auto& path : paths) {
      if (path.ends_with('/')) fs::create_directories(top_ / folder / path);
      asked_ += folder + "/" + (path.ends_with('/') ? path.substr(0, path.size() - 1) : path) + '\0';
    }
    cases_.push_back({std::move(lines), std::move(paths)});
  }
  /// Compares all answers; tells the first few that differ.
  void judge() {
    test::write_file(dir_ / "asked", asked_);
    run("check-ignore --no-index --stdin -v -n -z < ../asked > ../answers");
    const auto answers = test::slurp(dir_ / "answers");
    std::size_t at = 0, different = 0;
    const auto field = [&] {
      const auto from = at, end = std::min(answers.find('\0', at), answers.size());
      at = end + 1;
      return answers.substr(from, end - from);
    };
    for (std::size_t number = 0; number < cases_.size(); ++number) {
      const auto& [lines, paths] = cases_[number];
      const auto rules = IgnoreRules::only(lines);
      for (const auto& path : paths) {
        ASSERT_LT(at, answers.size()) << "git is needed for this test";
        field();  // where the rule is from
        field();
        const auto rule = field(), asked = field();
        const bool folder = path.ends_with('/');
        const auto plain = path.substr(0, path.size() - folder);
        ASSERT_EQ(asked, std::to_string(number) + "/" + plain);
        const bool expected = !rule.empty() && rule[0] != '!';
        if (rules.ignored_within(plain, folder) == expected || ++different > 5) continue;
        ADD_FAILURE() << "git says " << (expected ? "ignored" : "not ignored") << " by '" << rule << "' of '" << path << "' with\n" << file_of(lines);
      }
    }
    EXPECT_EQ(different, 0U);
    EXPECT_EQ(at, answers.size());
  }

 private:
  struct Case {
    Lines lines, paths;
  };
  static std::string file_of(const Lines& lines) {
    std::string file;
    for (const auto& line : lines) file += "  " + line + "|\n";
    return file;
  }
  /// Nothing of the caller's environment or settings.
  void run(const std::string& command) {
    fs::create_directories(top_);
    const std::string line = "cd '" + top_.string() + "' && env -i PATH=\"$PATH\" HOME=/nonexistent LC_ALL=C GIT_CONFIG_NOSYSTEM=1 git -c core.ignoreCase=false " + command;
    (void)!std::system(line.c_str());  // check-ignore fails when nothing is ignored: its answers are looked at
  }

  test::TempDir dir_;
  fs::path top_ = dir_ / "top";
  std::vector<Case> cases_;
  std::string asked_;
};

class IgnoreFuzz : public testing::Test {
 protected:
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random); }
  template <class List>
  std::string one_of(const List& list) { return std::string(list[below(std::size(list))]); }
  template <class List>
  std::string several_of(const List& list, std::size_t most) {
    std::string text;
    for (auto count = 1 + below(most); count > 0; --count) text += one_of(list);
    return text;
  }
  /// What git before 2.52 reads in another way than its manual: text, then "**" in the same name.
  static bool disputed(std::string_view line) {
    if (line.starts_with('!')) line.remove_prefix(1);
    const auto wild = line.find_first_of("*?[\\");
    return wild != std::string_view::npos && wild > 0 && line[wild - 1] != '/' && line.substr(wild).starts_with("**");
  }
  /// BPYD_IGNORE_CASES=20000 for a long run by hand.
  static std::size_t cases(std::size_t everyday) {
    const char* wanted = std::getenv("BPYD_IGNORE_CASES");
    return wanted ? std::strtoul(wanted, nullptr, 10) : everyday;
  }
  void run(std::size_t everyday, const std::function<void(IgnoreOracle&)>& add) {
    for (auto left = cases(everyday); left > 0 && !HasFailure();) {
      IgnoreOracle oracle;
      for (std::size_t batch = 0; batch < 500 && left > 0; ++batch, --left) add(oracle);
      oracle.judge();
    }
  }

  /// All of a tree, parents first.
  void grow(const std::string& above, int depth, std::map<std::string, bool>& tree) {
    static constexpr const char* kNames[] = {"a", "b", "ab", "ba", "aa", "abb", "a.b", ".a", "b.a.b", "a*", "a ", "#a", "!a", "\\a", "[a]", "-"};
    for (auto count = 1 + below(3); count > 0; --count) {
      const auto path = above + kNames[below(below(3) == 0 ? std::size(kNames) : 5)];
      const bool folder = depth > 0 && below(3) != 0;
      if (tree.contains(path) || tree.contains(path + "/")) continue;
      tree[path + (folder ? "/" : "")] = folder;
      if (folder) grow(path + "/", depth - 1, tree);
    }
  }

  std::mt19937 random{20240607};
};

TEST_F(IgnoreFuzz, AgreesWithGitOnRulesForPaths) {
  static constexpr const char* kPieces[] = {"a", "a", "a", "b", "b", "ab", ".", "/", "/", "/", "*", "*", "?", "**", "**/", "/**", "/**/", "***", "[ab]", "[!a]", "[^b]", "[a-b]", "[a/]", "[[:alpha:]]", "\\", "\\*", "\\/", "\\a", "\\ ", " ", "#", "!", "[", "]", "-"};
  run(120, [&](IgnoreOracle& oracle) {
    Lines lines;
    for (auto count = 1 + below(5); count > 0; --count) {
      const auto line = (below(3) == 0 ? "!" : below(8) == 0 ? "/" : "") + several_of(kPieces, 6) + (below(4) == 0 ? "/" : "");
      if (!disputed(line)) lines.push_back(line);
    }
    std::map<std::string, bool> tree;
    grow("", 3, tree);
    Lines paths;
    for (const auto& [path, folder] : tree) paths.push_back(path);
    oracle.add(lines, paths);
  });
}

TEST_F(IgnoreFuzz, AgreesWithGitOnBrackets) {
  static constexpr const char* kPieces[] = {"a", "b", "c", "-", "-", "]", "]", "[", "!", "^", "\\", ":", "[:", ":]", "[:alpha:]", "[:digit:]", "[:b:]", "1", "*", "?", "\xe4"};
  static constexpr const char* kNames[] = {"a", "b", "c", "-", "]", "[", "!", "^", "\\", ":", "1", "*", "\xe4", "_", "Z"};
  run(400, [&](IgnoreOracle& oracle) {
    Lines lines{"[" + several_of(kPieces, 7) + "]", several_of(kPieces, 3) + "[" + several_of(kPieces, 5) + "]" + (below(2) == 0 ? "*" : "")};
    if (below(3) == 0) lines.insert(lines.begin() + 1, "!" + several_of(kPieces, 6));
    Lines paths(std::begin(kNames), std::end(kNames));
    for (int count = 0; count < 10; ++count) paths.push_back(several_of(kNames, 4));
    oracle.add(lines, paths);
  });
}

TEST_F(IgnoreFuzz, AgreesWithGitOnEveryByteOfEveryClass) {
  Lines paths;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte != '/') paths.push_back("x" + std::string(1, static_cast<char>(byte)));
  }
  IgnoreOracle oracle;
  for (const char* name : {"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "ALPHA", "ascii"}) {
    oracle.add({"x[[:"s + name + ":]]"}, paths);
    oracle.add({"x[^[:"s + name + ":]]"}, paths);
  }
  oracle.add({"x?"}, paths);
  oracle.add({"x[!-~]"}, paths);
  oracle.judge();
}

TEST_F(IgnoreFuzz, AgreesWithGitOnTheEndsOfLines) {
  static constexpr const char* kPieces[] = {"a", " ", " ", "\\", "\\ ", "\t", "\r", "#", "!", "/"};
  static constexpr const char* kNames[] = {"a", " ", "\\", "\t", "\r", "#", "!"};
  run(200, [&](IgnoreOracle& oracle) {
    Lines paths;
    for (int count = 0; count < 12; ++count) paths.push_back(several_of(kNames, 3));
    oracle.add({several_of(kPieces, 5), several_of(kPieces, 5)}, paths);
  });
}

}  // namespace
}  // namespace bpyd::io
