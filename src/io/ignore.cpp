// SPDX-License-Identifier: MIT
// The default ignores and their matching.
#include "ignore.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace bpyd::io {
namespace {

constexpr const char* kDefaults[] = {
    ".git/", ".hg/", ".svn/", "saves/", "cache/", ".branchpy/", "tmp/", "__pycache__/", "node_modules/",
    "*.rpyc", "*.rpymc", "*.rpyb", "*.pyc", "*.bak", "*~", ".#*", "#*#", "*.swp", "*.swx", "*.swo", "4913",
    "*.tmp", "*.part", ".*.tmp*", ".goutputstream-*", ".bpyd-tmp-*", "*.kate-swp", ".DS_Store",
    "log.txt", "errors.txt", "traceback.txt"};

bool any_matches(const std::vector<std::string>& patterns, const std::string& name) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0; });
}

}  // namespace

IgnoreList::IgnoreList(const std::vector<std::string>& more) {
  std::vector<std::string> all(std::begin(kDefaults), std::end(kDefaults));
  all.insert(all.end(), more.begin(), more.end());
  for (auto& pattern : all) {
    if (pattern.ends_with('/')) folders_.push_back(pattern.substr(0, pattern.size() - 1));
    else any_.push_back(std::move(pattern));
  }
}

bool IgnoreList::folder(const std::string& name) const { return any_matches(folders_, name) || any_matches(any_, name); }
bool IgnoreList::file(const std::string& name) const { return any_matches(any_, name); }

}  // namespace bpyd::io
