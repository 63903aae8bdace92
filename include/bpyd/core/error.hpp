// SPDX-License-Identifier: MIT
// Errors as values: every failure a user can cause is a row of error_codes.def plus words.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace bpyd {

enum class Severity : std::uint8_t { info, warn, error };

enum class Code : std::uint16_t {
#define BPYD_CODE(name, number, severity, status, title, suggestion) name = number,
#include "bpyd/core/error_codes.def"
#undef BPYD_CODE
};

/// One row of the table. Static lifetime.
struct CodeRow {
  Code code;
  std::string_view name;
  Severity severity;
  int http_status;
  std::string_view title;
  std::string_view suggestion;
};

/// All rows, ascending by number.
std::span<const CodeRow> code_table();
const CodeRow& code_row(Code code);
/// "BPY-1201".
std::string code_text(Code code);
std::string_view severity_text(Severity severity);

/// A failure with the words for the person who caused it. `message` names the thing;
/// `suggestion` is a step that works (the row's default when empty).
/// A value: any thread.
struct Error {
  Code code = Code::internal;
  std::string message;
  std::string suggestion{};

  [[nodiscard]] std::string_view advice() const {
    return suggestion.empty() ? code_row(code).suggestion : std::string_view(suggestion);
  }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Code code, std::string message, std::string suggestion = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(suggestion)});
}

}  // namespace bpyd
