// SPDX-License-Identifier: MIT
// Governance rules come from a project's file: whatever is in it must end in rules or an Error, and
// rules must be evaluated in time.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/analysis/governance.hpp"

namespace {

using namespace bpyd::analysis;

const Stats2& story() {
  static const Stats2 kStory = [] {
    const std::string text =
        "# @tags: a, b\nlabel start:\n    \"One two [three] {b}four{/b} d'oh 馬鹿.\"\n    menu:\n        \"a\":\n            pass\n"
        "        \"b\":\n            pass\n        \"c\":\n            jump far\n    call sub from _sub\n    return\n"
        "label far:  # @chapter: 1\n    jump nowhere\nlabel sub:\n    return\nlabel lost:\n    return\n";
    return Analyzer().analyze(std::vector<SourceFile>{{"game/script.rpy", std::make_shared<const std::string>(text), ""}});
  }();
  return kStory;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rules = rules_from_json({reinterpret_cast<const char*>(data), size});
  if (!rules) {
    // A fault is named by a pointer.
    if (!rules.error().message.starts_with('/')) std::abort();
    return 0;
  }
  const auto made = evaluate(story(), *rules, "2026-11-22");
  if (made.errors + made.warnings + made.infos + made.waived != std::ssize(made.violations)) std::abort();
  return 0;
}
