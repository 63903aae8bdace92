// SPDX-License-Identifier: MIT
// The code table keeps its promises.
#include "bpyd/core/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace bpyd {
namespace {

/// The statuses that the contract fixes for each range.
bool status_fits(int number, int status) {
  if (number < 1100) return status == 400;
  if (number < 1200) return status == 404 || status == 405;
  if (number < 1300) return status == 404 || status == 422;
  if (number < 1400) return status == 422;
  if (number < 1500) return status == 401 || status == 403 || status == 413 || status == 414 || status == 415 || status == 429 || status == 431;
  if (number < 1600) return status == 409;
  return number >= 2000 && number < 3000 && (status == 500 || status == 503 || status == 507);
}

TEST(CodeTable, AscendsWithoutDuplicatesAndKeepsToItsRanges) {
  int before = 0;
  for (const auto& row : code_table()) {
    const int number = static_cast<int>(row.code);
    EXPECT_GT(number, before);
    EXPECT_TRUE(status_fits(number, row.http_status)) << number << " → " << row.http_status;
    before = number;
  }
}

TEST(CodeTable, GivesEveryCodeATitleAndASuggestion) {
  for (const auto& row : code_table()) {
    EXPECT_FALSE(row.title.empty()) << row.name;
    EXPECT_FALSE(row.suggestion.empty()) << row.name;
  }
}

TEST(Error, TakesTheRowsSuggestionWhenItHasNone) {
  const Error plain{Code::path_not_found, "Path p9 not found"};
  EXPECT_EQ(plain.advice(), code_row(Code::path_not_found).suggestion);
  const Error own{Code::path_not_found, "Path p9 not found", "Available paths: p001"};
  EXPECT_EQ(own.advice(), "Available paths: p001");
  EXPECT_EQ(code_text(Code::path_not_found), "BPY-1201");
}

}  // namespace
}  // namespace bpyd
