// SPDX-License-Identifier: MIT
// Every statement Ren'Py knows, in the forms writers use.
#include <gtest/gtest.h>

#include "script.hpp"

namespace bpyd::renpy {
namespace {

using Texts = std::vector<std::string>;

struct Case {
  const char* text;
  const char* outline;
};

void expect_outlines(const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    const auto file = parsed(one.text);
    EXPECT_EQ(outline(*file), one.outline) << one.text;
    EXPECT_EQ(faults(*file), Texts{}) << one.text;
  }
}

TEST(Parser, KeepsStatementsInRenPysOrder) {
  expect_outlines({
      {"label a:\n    pass\n", "Label 1, Pass 2"},
      {"label a:\npass\n", "Label 1, Pass 2"},
      {"jump a\n", "Jump 1"},
      {"jump expression f(x)[1].y\n", "Jump 1"},
      {"call a\n", "Call 1, Pass 1"},
      {"call a(1, b=2) from _a\n", "Call 1, Label 1, Pass 1"},
      {"call expression x pass (1)\n", "Call 1, Pass 1"},
      {"return\nreturn x + 1\n", "Return 1, Return 2"},
      {"menu:\n    \"a\":\n        pass\n", "Menu 1, Pass 3"},
      {"menu m(screen=\"x\"):\n    e \"q\"\n    \"a\" (1) if x:\n        pass\n",
       "Label 1, Say 2, Menu 1, Pass 4"},
      {"if x:\n    pass\nelif y:\n    pass\nelse:\n    pass\n", "If 1, Pass 2, Pass 4, Pass 6"},
      {"while x:\n    pass\n", "While 1, Pass 2"},
      {"$ x = 1\n", "Python 1"},
      {"python:\n    x = 1\n    if x:\n        y = 2\n", "Python 1"},
      {"python early hide in foo.bar:\n    x = 1\n", "EarlyPython 1"},
      {"init python:\n    x = 1\n", "Init 1, Python 1"},
      {"init -1 python hide in foo:\n    x = 1\n", "Init 1, Python 1"},
      {"init 5:\n    image a = \"b\"\n    $ x = 1\n", "Init 1, Image 2, Python 3"},
      {"init offset = -5\ndefine x = 1\n", "Init 2, Define 2"},
      {"define a.b.c = 1\ndefine -2 x += [1]\ndefine d[\"k\"] |= y\n",
       "Init 1, Define 1, Init 2, Define 2, Init 3, Define 3"},
      {"default a = 1\n", "Init 1, Default 1"},
      {"screen a(x, y=1):\n    textbutton \"b\" action Jump(\"c\")\n", "Init 1, Screen 1"},
      {"image a b = \"c\"\nimage d:\n    \"e\"\n    pause 1\n", "Init 1, Image 1, Init 2, Image 2"},
      {"transform t(x=1, *, y):\n    xpos x\n", "Init 1, Transform 1"},
      {"style a is b\nstyle c:\n    color \"#fff\"\n", "Init 1, Style 1, Init 2, Style 2"},
      {"testcase t:\n    click \"x\"\n", "Init 1, Testcase 1"},
      {"show a b at c, d behind e as f onlayer g zorder 1\n", "Show 1"},
      {"show a with dissolve\n", "With 1, Show 1, With 1"},
      {"show a:\n    xpos 1\n", "Show 1"},
      {"show expression \"a\" as b\n", "Show 1"},
      {"show layer master at b\n", "ShowLayer 1"},
      {"camera at t:\n    xpos 1\n", "Camera 1"},
      {"scene\nscene onlayer x\nscene a with fade\n", "Scene 1, Scene 2, With 3, Scene 3, With 3"},
      {"hide a with dissolve\n", "With 1, Hide 1, With 1"},
      {"with dissolve\n", "With 1"},
      {"play music \"a\" fadein 1\nqueue sound \"b\"\nstop music\n",
       "UserStatement 1, UserStatement 2, UserStatement 3"},
      {"voice \"a\"\nwindow show\nnvl clear\npause 1\npause\n",
       "UserStatement 1, UserStatement 2, UserStatement 3, UserStatement 4, UserStatement 5"},
      {"call screen s(1) with dissolve\nshow screen t\nhide screen t\n",
       "UserStatement 1, UserStatement 2, UserStatement 3"},
      {"layeredimage a:\n    always \"b\"\n", "Init 1, UserStatement 1"},
      {"translate french a_1:\n    e \"x\"\n", "Translate 1, Say 2, EndTranslate 1"},
      {"translate french strings:\n    old \"a\"\n    new \"b\"\n    old \"c\"\n    new \"d\"\n",
       "Init 1, TranslateString 2, TranslateString 4"},
      {"translate french python:\n    x = 1\n", "TranslateEarlyBlock 1, Python 1"},
      {"translate french style a:\n    size 1\n", "TranslateBlock 1, Style 1"},
      {"rpy python 3\n", "RPY 1"},
      {"init label a:\n    pass\n", "Label 1, Pass 2"},
  });
}

TEST(Parser, ReadsWhatADefineIs) {
  const auto file = parsed("define a.b[ \"]\" ] += [1]\ndefine c |= {2}\ndefine d == 3\ndefault e = 4\n");
  std::vector<std::string> out;
  for (const auto& made : all<DefineNode>(*file)) {
    out.push_back(std::string(made.store).append(" ").append(made.name).append("|").append(made.index()));
    out.back().append("|").append(made.op()).append("|").append(made.expression);
  }
  EXPECT_EQ(out, (Texts{"store.a b| \"]\" |+=|[1]", "store c|||=|{2}", "store d||=|= 3", "store e||=|4"}));
}

TEST(Parser, ReadsEveryFormOfSay) {
  struct Row {
    const char* text;
    const char* who;
    const char* what;
  };
  const std::vector<Row> rows = {
      {"\"a\"", "", "a"},
      {"e \"a\"", "e", "a"},
      {"\"E\" \"a\"", "\"E\"", "a"},
      {"e happy -sad @ tmp \"a\"", "e", "a"},
      {"e.f[1](2) \"a\"", "e.f[1](2)", "a"},
      {"e 'a' with dissolve", "e", "a"},
      {"e `a` nointeract", "e", "a"},
      {"e \"a\" (x=1) id start_2", "e", "a"},
      {"extend \"a\"", "extend", "a"},
      {"r\"a\\n\"", "", "a\\n"},
      {"e \"a  \t b\"", "e", "a b"},
      {"e \"a\\n\\\"b\\\" \\{c\\} \\[d \\% \\\\ \\u00e9 \\ x\"", "e", "a\n\"b\" {{c} [[d %% \\ é  x"},
      {"e \"\"", "e", ""},
      {"rot \"a\"", "rot", "a"},
      {"e \"a\\\\\"", "e", "a\\"},
      {"e\u3000 \"a\u3000b\"", "e", "a b"},
      {"e \"a\"  ", "e", "a"},
      {"e \"A line that goes on for longer than the sixteen bytes  seen at once\"", "e",
       "A line that goes on for longer than the sixteen bytes seen at once"},
  };
  for (const auto& row : rows) {
    const auto file = parsed(std::string(row.text) + "\n");
    EXPECT_EQ(faults(*file), Texts{}) << row.text;
    const auto says = all<SayNode>(*file);
    ASSERT_EQ(says.size(), 1u) << row.text;
    EXPECT_EQ(says[0].who, row.who) << row.text;
    EXPECT_EQ(says[0].what, row.what) << row.text;
  }
}

TEST(Parser, CutsMonologuesIntoLines) {
  const auto texts = [](const std::string& script) {
    Texts out;
    const auto file = parsed(script);
    for (const auto& say : all<SayNode>(*file)) out.emplace_back(say.what);
    return out;
  };
  EXPECT_EQ(texts("e \"\"\"\na\nb\n\n c \\n d\n\n\n\n\"\"\"\n"), (Texts{"a b", "c \n d"}));
  EXPECT_EQ(texts("rpy monologue single\ne '''\na\nb\n\nc\n'''\n"), (Texts{"a", "b", "c"}));
  EXPECT_EQ(texts("rpy monologue single\nrpy monologue double\n'''a\nb'''\n"), (Texts{"a b"}));
  EXPECT_EQ(texts("\"\"\"He said \"hi\".\n\nThen left.\"\"\"\n"), (Texts{"He said \"hi\".", "Then left."}));
  EXPECT_EQ(outline(*parsed("\"\"\"\na\n\n{clear}\n\nb\n\"\"\"\n")), "Say 1, UserStatement 1, Say 1");
}

TEST(Parser, NamesLabelsInFull) {
  const auto names = [](const std::string& script) {
    Texts out;
    const auto file = parsed(script);
    for (const auto& label : all<LabelNode>(*file)) out.emplace_back(label.name);
    return out;
  };
  EXPECT_EQ(names("label a:\n    pass\nlabel .b:\n    pass\nlabel a.c:\n    pass\n"),
            (Texts{"a", "a.b", "a.c"}));
  EXPECT_EQ(names("label a:\n    label .b:\n        pass\n    menu .m:\n        \"x\":\n            pass\n"),
            (Texts{"a", "a.b", "a.m"}));
  EXPECT_EQ(names("menu m:\n    \"x\":\n        pass\nlabel .b:\n    pass\n"), (Texts{"m", "m.b"}));
  const auto file =
      parsed("label a(x, y=f(1, 2), *args, **kw) hide:\n    jump .b\nlabel .b:\n    call a.b from .c\n");
  const auto label = all<LabelNode>(*file).at(0);
  EXPECT_TRUE(label.hide);
  EXPECT_EQ(std::vector<std::string>(label.params.begin(), label.params.end()),
            (Texts{"x", "y", "*args", "**kw"}));
  EXPECT_EQ(all<JumpNode>(*file).at(0).target, "a.b");
  EXPECT_EQ(all<CallNode>(*file).at(0).from, "a.c");
}

TEST(Parser, ReadsMenusInFull) {
  const auto file = parsed(
      "menu ask(1, x=2):\n    with dissolve\n    set seen\n    \"caption\"\n    e happy \"say\" if\n"
      "    \"one\" (a=1) if x > 3 and f(\":\"):\n        pass\n    \"two\":\n        pass\n");
  EXPECT_EQ(faults(*file), (Texts{"5:syntax"})) << "`e happy \"say\" if` is no say line";
  const auto menu = all<MenuNode>(*file).at(0);
  EXPECT_EQ(menu.arguments, "(1, x=2)");
  EXPECT_EQ(menu.set, "seen");
  EXPECT_EQ(menu.with, "dissolve");
  ASSERT_EQ(menu.items.size(), 3u);
  EXPECT_TRUE(menu.items[0].caption);
  EXPECT_EQ(menu.items[1].condition, "x > 3 and f(\":\")");
  EXPECT_EQ(menu.items[1].arguments, "(a=1)");
  EXPECT_EQ(menu.items[1].line, 6u);
  EXPECT_EQ(menu.items[2].condition, "True");
}

TEST(Parser, ChainsWhatRunsAfterWhat) {
  const auto file = parsed(
      "label a:\n    if x:\n        \"b\"\n    while y:\n        \"c\"\n    menu:\n        \"d\":\n          "
      "  \"e\"\n"
      "init:\n    $ z = 1\nlabel f:\n    jump a\n");
  std::string out;
  for (const auto& node : file->nodes) {
    out += std::to_string(node.line) + ">" +
           (node.next == kNoNode ? "-" : std::to_string(file->nodes[node.next].line)) + " ";
  }
  EXPECT_EQ(out, "1>2 2>4 3>4 4>6 5>4 6>9 8>9 9>11 10>- 11>12 12>- 11>- ");
}

TEST(Parser, HonoursRegisteredStatements) {
  const auto registering = parsed(
      "python early:\n    def parse(l):\n        return l.rest()\n"
      "    renpy.register_statement(\"chapter one\", parse=parse, block=\"script\", next=lambda d, f: f)\n"
      "    renpy.register_statement(name=\"note\", parse=parse, block=True)\n"
      "    renpy.register_statement('ring', parse=parse, init=True, post_execute=parse)\n");
  EXPECT_EQ(faults(*registering), Texts{});
  ASSERT_EQ(registering->registers.size(), 3u);
  EXPECT_EQ(registering->registers[0].name, "chapter one");
  EXPECT_TRUE(registering->registers[0].has_next);
  const auto file = parsed(
      "label a:\n    chapter one \"x\":\n        \"b\"\n        jump a\n    note:\n        ((anything\n      "
      "  ))\n    ring x\n",
      "game/z.rpy", registering->registers);
  EXPECT_EQ(faults(*file), Texts{});
  EXPECT_EQ(outline(*file),
            "Label 1, UserStatement 2, Say 3, Jump 4, UserStatement 5, Init 8, UserStatement 8, "
            "PostUserStatement 8");
}

TEST(Parser, ReadsBlocksThatAParseFunctionHandsBack) {
  const auto registering = parsed(
      "python early:\n    def parse(l):\n        return l.subblock_lexer().renpy_block()\n"
      "    renpy.register_statement(\"part\", parse=parse, block=True)\n");
  const auto file = parsed("part x:\n    jump a\n", "game/z.rpy", registering->registers);
  EXPECT_EQ(outline(*file), "UserStatement 1, Jump 2");
}

TEST(Parser, ReadsWhatAParseFunctionHandsBackLineByLine) {
  const auto registering = parsed(
      "python early hide:\n    def below(l):\n        return l.renpy_block(empty=True)\n"
      "    def parse(l):\n        ll = l.subblock_lexer()\n        while ll.advance():\n"
      "            if ll.keyword('weight'):\n                ll.require(ll.float)\n"
      "            if ll.string():\n                below(ll.subblock_lexer())\n"
      "            else:\n                ll.renpy_statement()\n"
      "    def perhaps(l):\n        return below(l.subblock_lexer()) if l.match(':') else None\n"
      "    renpy.register_statement(\"any of\", parse=parse, block=True)\n"
      "    renpy.register_statement(\"perhaps\", parse=perhaps, block=\"possible\")\n"
      "    renpy.register_statement(\"early\", parse=perhaps, init=True, init_priority=-3)\n");
  EXPECT_EQ(faults(*registering), Texts{});
  const auto file = parsed(
      "label a:\n    any of:\n        weight 2.0 jump a\n        \"x\":\n            \"y\"\n"
      "        neither is Ren'Py's\n    perhaps\n    perhaps:\n        pass\n    \"end\"\nearly\n",
      "game/z.rpy", registering->registers);
  EXPECT_EQ(faults(*file), Texts{});
  EXPECT_EQ(outline(*file),
            "Label 1, UserStatement 2, Jump 3, Say 5, UserStatement 7, UserStatement 8, Pass 9, Say 10, "
            "Init 11, UserStatement 11");
  const auto& parts = file->as<UserNode>(1);
  EXPECT_EQ(parts.inner->parts, (std::vector<NodeId>{2, 3}));
  EXPECT_EQ(file->nodes[3].next, 4u);  // after the statement, not after its line
  EXPECT_EQ(all<InitNode>(*file)[0].priority, -3);
}

TEST(Parser, LoadsFilesInRenPysOrder) {
  EXPECT_TRUE(loads_before("game/a.rpy", "game/a-b.rpy"));
  EXPECT_TRUE(loads_before("game/B.rpy", "game/a.rpy"));
  EXPECT_TRUE(loads_before("game/script.rpy", "game/tl/x.rpy"));
  EXPECT_FALSE(loads_before("game/a.rpy", "game/a.rpy"));
}

}  // namespace
}  // namespace bpyd::renpy
