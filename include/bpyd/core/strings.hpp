// SPDX-License-Identifier: MIT
// Small text helpers that more than one room needs. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpyd {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);

/// The candidate within an edit distance of two (and of half the length), or empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// & < > " ' become entities, control bytes U+FFFD: safe as HTML text and in attributes.
std::string escape_html(std::string_view text);

bool is_utf8(std::string_view text);
/// The text itself when valid UTF-8, else each bad byte as \xNN (R27: never sent raw).
std::string printable_utf8(std::string_view text);
/// For a terminal: control characters but newlines become spaces, so that no text moves its cursor.
std::string without_controls(std::string_view text);
/// Latin-1 bytes as UTF-8.
std::string latin1_to_utf8(std::string_view text);

/// Decodes %XX once ('+' stays). Nothing when an escape is broken.
std::optional<std::string> percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);

/// FNV-1a, 64 bit: for keys that must be the same on every run and machine.
std::uint64_t fnv1a(std::string_view text, std::uint64_t seed = 0xcbf29ce484222325ULL);
std::string hex64(std::uint64_t value);

/// `bytes` from the system's random source, as lower-case hex. Throws when there is none.
std::string random_hex(std::size_t bytes);

}  // namespace bpyd
