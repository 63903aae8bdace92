// SPDX-License-Identifier: MIT
// Parsed files as rows. Ren'Py's loader wraps dialogue after parsing (renpy/translation, class
// Restructurer); the parser has no need of that, so the wrapping is done here.
#include "bpyd/analysis/facts.hpp"

#include <nlohmann/json.hpp>
#include <span>
#include <unordered_map>
#include <vector>

#include "bpyd/core/strings.hpp"
#include "dialogue.hpp"
#include "scripts.hpp"

namespace bpyd::analysis {
namespace {

using namespace renpy;
using Row = nlohmann::ordered_json;

std::string text_of(std::string_view view) { return std::string(view); }

Row names(std::span<const std::string_view> views) {
  Row list = Row::array();
  for (const auto view : views) list.push_back(text_of(view));
  return list;
}

Row or_null(std::string_view view) { return view.empty() ? Row(nullptr) : Row(text_of(view)); }

/// What a row of this kind says beside its place.
struct FactsOf {
  Row& row;
  void operator()(const LabelNode& label) const {
    row["name"] = text_of(label.name);
    row["params"] = names(label.params);
    row["hide"] = label.hide;
  }
  void operator()(const JumpNode& jump) const { target(jump.target, jump.expression); }
  void operator()(const CallNode& call) const { target(call.target, call.expression); }
  void operator()(const MenuNode& menu) const {
    row["set"] = or_null(menu.set);
    row["choices"] = Row::array();
    for (const auto& item : menu.items) {
      row["choices"].push_back(
          {{"text", text_of(item.text)}, {"condition", text_of(item.condition)}, {"caption", item.caption}});
    }
  }
  void operator()(const IfNode& branch) const {
    row["entries"] = Row::array();
    for (const auto& entry : branch.entries) row["entries"].push_back({{"test", text_of(entry.test)}});
  }
  void operator()(const WhileNode& loop) const { row["test"] = text_of(loop.test); }
  void operator()(const SayNode& say) const {
    row["who"] = or_null(say.who);
    row["what"] = text_of(say.what);
  }
  void operator()(const PythonNode& python) const { row["names"] = names(python.names); }
  void operator()(const DefineNode& define) const {
    row["name"] = text_of(define.name);
    row["store"] = text_of(define.store);
  }
  void operator()(const TranslateNode& translate) const {
    if (row["kind"] != "Translate") return;
    row["language"] = translate.language == "None" ? Row(nullptr) : Row(text_of(translate.language));
    row["identifier"] = text_of(translate.identifier);
  }
  void operator()(const ScreenNode& screen) const { row["name"] = text_of(screen.name); }
  void operator()(const InitNode& init) const { row["priority"] = init.priority; }
  void operator()(const UserNode& user) const { row["name"] = text_of(user.name); }
  void operator()(const auto&) const {}

  void target(std::string_view name, bool expression) const {
    row["target"] = text_of(name);
    row["expression"] = expression;
  }
};

/// One file's statements with their row numbers, dialogue wrapped.
struct Numbered {
  const ParsedFile* file = nullptr;
  std::vector<std::size_t> row;  // per statement
  std::vector<NodeId> opens,
      closes;  // per statement: the first of the group that begins or ends here; kNoNode: none
  std::unordered_map<NodeId, std::string> identifiers;  // by the first of the group

  [[nodiscard]] Row to(NodeId id) const {
    return id == kNoNode ? Row(nullptr) : Row(row[id] - (opens[id] == kNoNode ? 0 : 1));
  }
};

class Facts {
 public:
  Facts(const std::vector<std::shared_ptr<const ParsedFile>>& files,
        const std::function<void(std::string_view)>& each)
      : each_(each) {
    Dialogue dialogue;
    for (const auto& file : files) number(*file, dialogue.groups(*file));
  }

  void print() {
    for (const auto& file : files_) {
      until_ = 0;
      for (NodeId id = 0; id < file.row.size(); ++id) print(file, id);
    }
  }

 private:
  void number(const ParsedFile& file, std::vector<DialogueGroup> groups) {
    const auto count = file.nodes.size();
    Numbered made{&file,
                  std::vector<std::size_t>(count),
                  std::vector<NodeId>(count, kNoNode),
                  std::vector<NodeId>(count, kNoNode),
                  {}};
    for (const auto& group : groups) made.opens[group.first] = made.closes[group.last] = group.first;
    for (NodeId id = 0; id < count; ++id) {
      next_ += made.opens[id] == kNoNode ? 0 : 1;
      made.row[id] = next_++;
      next_ += made.closes[id] == kNoNode ? 0 : 1;
    }
    for (const auto& group : groups) ends_.try_emplace(group.identifier, made.row[group.last] + 1);
    for (NodeId id = 0; id < count; ++id) {
      if (file.nodes[id].kind != Kind::Translate) continue;
      const auto& translate = file.as<TranslateNode>(id);
      if (translate.language == "None")
        ends_.try_emplace(std::string(translate.identifier), made.row[file.nodes[id].end]);
      else
        chained_[key(translate)] = &file.nodes[id];
    }
    for (auto& group : groups) made.identifiers.emplace(group.first, std::move(group.identifier));
    files_.push_back(std::move(made));
  }

  void print(const Numbered& file, NodeId id) {
    const auto& node = file.file->nodes[id];
    const auto row = file.row[id];
    if (node.kind == Kind::Translate) translated(file, id);
    if (file.opens[id] != kNoNode) {
      auto wrap = head(file, row - 1, Kind::Translate, node.line, row);
      wrap["language"] = nullptr;
      wrap["identifier"] = file.identifiers.at(id);
      give(wrap);
    }
    const auto group = file.closes[id];
    auto out = head(file, row, node.kind, node.line, group == kNoNode ? onward(file, id) : Row(row + 1));
    std::visit(FactsOf{out}, node.payload);
    give(out);
    if (group != kNoNode)
      give(head(file, row + 1, Kind::EndTranslate, file.file->nodes[group].line, file.to(node.next)));
  }

  static std::string key(const TranslateNode& translate) {
    return std::string(translate.language).append(1, ' ').append(translate.identifier);
  }

  /// A translation goes on where what it translates does; of several for one language only the last
  /// one loaded (ScriptTranslator.chain_translates).
  void translated(const Numbered& file, NodeId id) {
    const auto& translate = std::get<TranslateNode>(file.file->nodes[id].payload);
    const bool chained = translate.language != "None" && chained_.at(key(translate)) == &file.file->nodes[id];
    const auto found = chained ? ends_.find(std::string(translate.identifier)) : ends_.end();
    own_end_ = found == ends_.end() ? kNoNode : file.file->nodes[id].end;
    until_ = file.file->nodes[id].end;
    if (found != ends_.end()) their_end_ = found->second;
  }

  [[nodiscard]] Row onward(const Numbered& file, NodeId id) const {
    const auto next = file.file->nodes[id].next;
    const bool leaves =
        id < until_ && next == own_end_ && next != kNoNode && file.file->nodes[id].kind != Kind::Translate;
    return leaves ? Row(their_end_) : file.to(next);
  }

  Row head(const Numbered& file, std::size_t i, Kind kind, std::uint32_t line, Row next) const {
    const auto& name = file.file->file;
    return {{"i", i},
            {"kind", kind_name(kind)},
            {"file", name.substr(name.find('/') + 1)},
            {"line", line},
            {"next", std::move(next)}};
  }
  void give(const Row& row) const { each_(row.dump(-1, ' ', false, Row::error_handler_t::replace)); }

  const std::function<void(std::string_view)>& each_;
  std::vector<Numbered> files_;
  std::unordered_map<std::string, std::size_t> ends_;     // by identifier: the row of its EndTranslate
  std::unordered_map<std::string, const Node*> chained_;  // by language and identifier: the last one
  std::size_t next_ = 0;
  NodeId own_end_ = kNoNode, until_ = 0;  // of the translation being printed
  std::size_t their_end_ = 0;
};

}  // namespace

std::vector<Diagnostic> facts(std::span<const SourceFile> files,
                              const std::function<void(std::string_view)>& each) {
  std::vector<Diagnostic> faults;
  const auto parsed = parse_files(files);
  Facts(parsed, each).print();
  for (const auto& file : parsed) {
    for (const auto& what : file->diagnostics) {
      faults.push_back({what.id, std::string(severity_text(what.severity)), file->file, what.line,
                        what.column, printable_utf8(what.message), what.suggestion});
    }
  }
  return faults;
}

}  // namespace bpyd::analysis
