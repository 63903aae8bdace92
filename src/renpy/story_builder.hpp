// SPDX-License-Identifier: MIT
// Makes a Story out of parsed files: labels, flow, references, what is wrong with them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bpyd/renpy/story.hpp"

namespace bpyd::renpy {

class StoryBuilder {
 public:
  explicit StoryBuilder(std::vector<std::shared_ptr<const ParsedFile>> files);
  std::shared_ptr<const Story> build();

 private:
  struct ScreenSite {
    const ScreenNode* screen;
    StoryId node;
  };

  void number();
  void collect_labels();
  void connect();
  void connect_node(StoryId id, std::uint32_t file, NodeId node);
  void hyperlinks(StoryId id, std::string_view text, std::uint32_t line);
  void connect_jump(StoryId id, const JumpNode& jump, std::uint32_t line);
  void connect_call(StoryId id, const CallNode& call, std::uint32_t line);
  void connect_menu(StoryId id, const MenuNode& menu, std::uint32_t file);
  void connect_if(StoryId id, const IfNode& node, std::uint32_t file);
  void connect_while(StoryId id, const WhileNode& node, std::uint32_t file, std::uint32_t line);
  void connect_python(StoryId id, const PythonNode& python);
  void connect_user(StoryId id, const UserNode& user, std::uint32_t file, std::uint32_t line);
  void screen_options(std::string_view screen, std::vector<std::string_view>& seen, StoryId id,
                      std::uint32_t line);
  void later_references(StoryId id, std::span<const PythonEffect> effects, Reference::How how);
  void resolve_dynamic();

  StoryId resolve(StoryId from, std::string_view name, std::uint32_t line, Reference::How how,
                  std::string_view call_from = {});
  void dynamic_reference(StoryId from, std::string_view expression, std::uint32_t line, Reference::How how);
  void missing(StoryId from, std::string_view name, std::uint32_t line);
  void open_options(StoryId id);
  void close_options(StoryId id);
  [[nodiscard]] StoryId to_story(std::uint32_t file, NodeId node) const;
  void report(std::uint32_t file, Diagnostic what);

  [[nodiscard]] std::vector<StoryId> entries() const;
  [[nodiscard]] std::vector<StoryId> roots() const;
  [[nodiscard]] std::vector<bool> led_to() const;
  void find_returning();
  void find_reachable(const std::vector<StoryId>& roots);
  void report_unreachable();

  std::shared_ptr<Story> story_;
  std::unordered_map<std::string_view, ScreenSite> screens_;
  std::unordered_set<std::string_view> modules_;
  std::vector<StoryId> dynamic_;          // jumps and calls that wait for candidates
  std::vector<std::string> label_names_;  // for suggestions; filled when the first is needed
};

}  // namespace bpyd::renpy
