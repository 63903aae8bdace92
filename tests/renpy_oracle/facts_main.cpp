// SPDX-License-Identifier: MIT
// Prints what bpyd's parser sees in a game's scripts, one JSON object per line, in the form
// tests/renpy_oracle/oracle.py prints what Ren'Py sees. Usage: renpy_facts GAME_FOLDER
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "bpyd/renpy/parser.hpp"

namespace {

using namespace bpyd::renpy;
using Row = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string text_of(std::string_view view) { return std::string(view); }

struct FactsOf {
  Row& row;
  void operator()(const LabelNode& label) const {
    row["name"] = text_of(label.name);
    row["hide"] = label.hide;
    row["params"] = Row::array();
    for (const auto param : label.params) row["params"].push_back(text_of(param));
  }
  void operator()(const JumpNode& jump) const {
    row["target"] = text_of(jump.target);
    row["expression"] = jump.expression;
  }
  void operator()(const CallNode& call) const {
    row["target"] = text_of(call.target);
    row["expression"] = call.expression;
  }
  void operator()(const IfNode& branch) const {
    row["tests"] = Row::array();
    for (const auto& entry : branch.entries) row["tests"].push_back(text_of(entry.test));
  }
  void operator()(const WhileNode& loop) const { row["test"] = text_of(loop.test); }
  void operator()(const SayNode& say) const {
    row["who"] = text_of(say.who);
    row["what"] = text_of(say.what);
  }
  void operator()(const DefineNode& define) const {
    row["name"] = text_of(define.name);
    row["store"] = text_of(define.store);
  }
  void operator()(const InitNode& init) const { row["priority"] = init.priority; }
  void operator()(const UserNode& user) const { row["name"] = text_of(user.name); }
  void operator()(const auto&) const {}
};

Row row_for(const ParsedFile& file, const Node& node) {
  Row row = {{"kind", kind_name(node.kind)}, {"file", file.file.substr(5)}, {"line", node.line}};
  std::visit(FactsOf{row}, node.payload);
  return row;
}

void print_menu(const ParsedFile& file, const Node& node) {
  const auto& menu = std::get<MenuNode>(node.payload);
  Row row = row_for(file, node);
  row["set"] = menu.set.empty() ? Row(nullptr) : Row(text_of(menu.set));
  row["items"] = menu.items.size();
  std::cout << row.dump() << '\n';
  for (const auto& item : menu.items) {
    std::cout << Row{{"kind", "Choice"},
                     {"file", file.file.substr(5)},
                     {"line", node.line},
                     {"text", text_of(item.text)},
                     {"condition", text_of(item.condition)},
                     {"caption", item.caption}}
                     .dump()
              << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const fs::path root = argv[1];
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / "game")) {
    const auto name = "game/" + fs::relative(entry.path(), root / "game").generic_string();
    if (entry.is_regular_file() && name.ends_with(".rpy")) files.push_back(name);
  }
  std::ranges::sort(files, loads_before);
  std::vector<CustomStatement> custom;
  std::size_t faults = 0;
  for (const auto& name : files) {
    std::ifstream in(root / name, std::ios::binary);
    auto text = std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                                    std::istreambuf_iterator<char>());
    const auto file = parse_script(name, text, custom);
    custom.insert(custom.end(), file->registers.begin(), file->registers.end());
    for (const auto& what : file->diagnostics) {
      std::cerr << name << ':' << what.line << ':' << what.column << ": " << what.id << ": " << what.message
                << '\n';
      ++faults;
    }
    for (const auto& node : file->nodes) {
      // Ren'Py wraps every line of dialogue in these after parsing; the oracle leaves them out too.
      if (node.kind == Kind::Translate || node.kind == Kind::EndTranslate) continue;
      if (node.kind == Kind::Menu) {
        print_menu(*file, node);
      } else {
        std::cout << row_for(*file, node).dump() << '\n';
      }
    }
  }
  return faults == 0 ? 0 : 1;
}
