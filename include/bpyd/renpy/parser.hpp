// SPDX-License-Identifier: MIT
// One script file's text to its statements.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/renpy/ast.hpp"

namespace bpyd::renpy {

/// Never fails and never throws for what is in the text: a broken statement is a diagnostic and a
/// BrokenStatement, and the next line goes on. Linear in the text; blocks deeper than 100 are
/// skipped with a diagnostic, and at most 200 diagnostics are kept for a file.
/// `custom` are the statements registered by files loaded before this one.
/// Thread: pure, any thread.
std::shared_ptr<const ParsedFile> parse_script(std::string file, std::shared_ptr<const std::string> text,
                                               std::span<const CustomStatement> custom = {});

/// Ren'Py's load order: by path below game/ without the extension.
/// True when `a` is loaded before `b`.
bool loads_before(std::string_view a, std::string_view b);

}  // namespace bpyd::renpy
