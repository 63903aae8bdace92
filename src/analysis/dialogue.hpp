// SPDX-License-Identifier: MIT
// Dialogue as Ren'Py's loader wraps it for translation, and the identifiers it gives.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "bpyd/renpy/ast.hpp"

namespace bpyd::analysis {

/// Statements that are translated as one: a say line with the `voice` and the like before it.
struct DialogueGroup {
  renpy::NodeId first = renpy::kNoNode;
  renpy::NodeId last = renpy::kNoNode;
  std::string identifier;  // "label_0123abcd", what `translate LANGUAGE identifier:` names
};

/// Class Restructurer of renpy/translation/__init__.py. Files are given in load order, since an
/// identifier is given once. Thread: one at a time.
class Dialogue {
 public:
  std::vector<DialogueGroup> groups(const renpy::ParsedFile& file);

 private:
  class File;
  std::unordered_set<std::string> given_;  // in all files so far
};

}  // namespace bpyd::analysis
