// SPDX-License-Identifier: MIT
// Registering, finding and forgetting projects.
#include "bpyd/daemon/projects.hpp"

#include <algorithm>

#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::daemon {
namespace {

bool alias_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/// "My Game!" → "My_Game".
std::string alias_from(const std::filesystem::path& root) {
  std::string alias;
  for (const char c : root.filename().string()) {
    if (alias_letter(c)) alias += c;
    else if (!alias.empty() && alias.back() != '_') alias += '_';
  }
  while (!alias.empty() && alias.back() == '_') alias.pop_back();
  return alias.empty() ? "project" : alias.substr(0, 60);
}

Result<std::filesystem::path> project_root(const std::filesystem::path& given) {
  std::error_code error;
  if (!given.is_absolute()) {
    return fail(Code::bad_value, "The root '" + printable_utf8(given.string()) + "' is not an absolute path", "Give the full path of the project's folder");
  }
  const auto root = std::filesystem::canonical(given, error);
  if (error || !std::filesystem::is_directory(root, error)) {
    return fail(Code::project_not_found, "There is no folder " + printable_utf8(given.string()), "Check the path; it is the folder that holds game/");
  }
  if (!std::filesystem::is_directory(root / "game", error)) {
    const bool inside = root.filename() == "game";
    return fail(Code::project_not_found, printable_utf8(root.string()) + " has no game/ folder",
                inside ? "Register its parent: " + printable_utf8(root.parent_path().string()) : "Name the folder of a Ren'Py project, the one that holds game/");
  }
  return root;
}

}  // namespace

bool is_alias(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, alias_letter);
}

Result<std::shared_ptr<Project>> Projects::add(const std::filesystem::path& given, const std::string& alias) {
  auto root = project_root(given);
  if (!root) return std::unexpected(root.error());
  if (!alias.empty() && !is_alias(alias)) {
    return fail(Code::bad_value, "'" + printable_utf8(alias.substr(0, 80)) + "' is no alias", "Use letters, digits, - _ . and at most 64 of them");
  }
  for (const auto& [name, project] : by_alias_) {
    if (project->root == *root) return project;
  }
  if (by_alias_.contains(alias)) {
    return fail(Code::name_taken, "The alias '" + alias + "' belongs to " + by_alias_.find(alias)->second->root.string());
  }
  io::sweep_project(*root);
  const auto name = alias.empty() ? free_alias(alias_from(*root)) : alias;
  return by_alias_.emplace(name, std::make_shared<Project>(loop_, name, *root)).first->second;
}

Result<void> Projects::rename(Project& project, const std::string& alias) {
  if (!is_alias(alias)) return fail(Code::bad_value, "'" + printable_utf8(alias.substr(0, 80)) + "' is no alias", "Use letters, digits, - _ . and at most 64 of them");
  if (alias == project.alias) return {};
  if (by_alias_.contains(alias)) {
    return fail(Code::name_taken, "The alias '" + alias + "' belongs to " + by_alias_.find(alias)->second->root.string());
  }
  auto node = by_alias_.extract(project.alias);
  project.alias = alias;
  node.key() = alias;
  by_alias_.insert(std::move(node));
  return {};
}

void Projects::remove(Project& project) {
  project.failure = Error{Code::project_not_found, "The project '" + project.alias + "' was forgotten"};
  project.stale = false;  // nobody waits for what will not come
  project.changed.fire();
  by_alias_.erase(std::string(project.alias));
}

Result<std::shared_ptr<Project>> Projects::find(std::string_view name) const {
  if (name.empty() && by_alias_.size() == 1) return by_alias_.begin()->second;
  if (const auto found = by_alias_.find(name); found != by_alias_.end()) return found->second;
  for (const auto& [alias, project] : by_alias_) {
    if (project->root == std::filesystem::path(name)) return project;
  }
  std::vector<std::string> known;
  for (const auto& [alias, project] : by_alias_) known.push_back(alias);
  if (known.empty()) return fail(Code::project_not_found, name.empty() ? "No project is registered" : "Project '" + std::string(name) + "' is not registered");
  const auto suggestion = "Registered projects: " + join(known, ", ");
  if (name.empty()) return fail(Code::missing_parameter, "Several projects are registered: say which with ?project=", suggestion);
  return fail(Code::project_not_found, "Project '" + std::string(name) + "' is not registered", suggestion);
}

std::vector<std::shared_ptr<Project>> Projects::all() const {
  std::vector<std::shared_ptr<Project>> list;
  for (const auto& [alias, project] : by_alias_) list.push_back(project);
  return list;
}

std::string Projects::free_alias(const std::string& wanted) const {
  std::string alias = wanted;
  for (int number = 2; by_alias_.contains(alias); ++number) alias = wanted + "-" + std::to_string(number);
  return alias;
}

}  // namespace bpyd::daemon
