// SPDX-License-Identifier: MIT
// The code table, unrolled once.
#include "bpyd/core/error.hpp"

#include <algorithm>
#include <array>

namespace bpyd {
namespace {
constexpr std::array kTable = {
#define BPYD_CODE(name, number, severity, status, title, suggestion) \
  CodeRow{Code::name, #name, Severity::severity, status, title, suggestion},
#include "bpyd/core/error_codes.def"
#undef BPYD_CODE
};
static_assert(std::ranges::is_sorted(kTable, {}, &CodeRow::code), "rows ascend by number");
}  // namespace

std::span<const CodeRow> code_table() { return kTable; }

const CodeRow& code_row(Code code) {
  const auto row = std::ranges::lower_bound(kTable, code, {}, &CodeRow::code);
  return row != kTable.end() && row->code == code ? *row : code_row(Code::internal);
}

std::string code_text(Code code) { return "BPY-" + std::to_string(static_cast<int>(code)); }

std::string_view severity_text(Severity severity) {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::warn: return "warn";
    case Severity::error: return "error";
  }
  return "error";
}

}  // namespace bpyd
