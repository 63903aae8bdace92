// SPDX-License-Identifier: MIT
// What `bpyd check` found, in the forms that people and build servers read.
#pragma once

#include <string>

#include "bpyd/analysis/governance.hpp"

namespace bpyd::app::cli {

struct Checked {
  std::string root, title;
  std::string first_script;  // where what concerns the whole story is shown
  analysis::Rules rules;
  analysis::Evaluation evaluation;
};

std::string as_text(const Checked& checked);
std::string as_json(const Checked& checked);
/// The form that Jenkins, GitLab and others read: a suite for each rule, a case for each violation, and
/// one that passes for a rule that holds.
std::string as_junit(const Checked& checked);
/// SARIF 2.1.0.
std::string as_sarif(const Checked& checked);

}  // namespace bpyd::app::cli
