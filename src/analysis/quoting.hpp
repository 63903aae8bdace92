// SPDX-License-Identifier: MIT
// Texts of a story inside the text of a diagram.
#pragma once

#include <string>
#include <string_view>

namespace bpyd::analysis {

constexpr std::string_view kMermaidEntity = "#";    // #60;
constexpr std::string_view kGraphvizEntity = "&#";  // &#60;

/// At most `most` characters, as letters, digits, a few harmless marks and numeric entities, which
/// Mermaid and Graphviz decode into text after they have parsed the diagram: no text can close a quote,
/// open a tag, start a directive or break a line. UTF-8 above ASCII passes as it is; what is not UTF-8
/// becomes U+FFFD. Pure.
std::string quoted_text(std::string_view raw, std::size_t most, std::string_view entity = kMermaidEntity);

}  // namespace bpyd::analysis
