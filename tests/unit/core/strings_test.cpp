// SPDX-License-Identifier: MIT
// Text helpers.
#include "bpyd/core/strings.hpp"

#include <gtest/gtest.h>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/log.hpp"

namespace bpyd {
namespace {

TEST(Utf8, KnowsValidFromInvalid) {
  for (const char* good : {"", "abc", "é", "日本", "😀", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82"}) EXPECT_FALSE(is_utf8(bad));
}

TEST(Utf8, ShowsBadBytesAsEscapes) {
  EXPECT_EQ(printable_utf8("a\xff"), "a\\xff");
  EXPECT_EQ(latin1_to_utf8("caf\xe9"), "café");
}

TEST(EscapeHtml, LeavesNothingThatIsMarkup) {
  EXPECT_EQ(escape_html("<a href='x' b=\"y\">&</a>\x01"), "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;&lt;/a&gt;\xEF\xBF\xBD");
}

TEST(PercentDecode, DecodesOnceAndRefusesBrokenEscapes) {
  EXPECT_EQ(percent_decode("a%20b%2541"), "a b%41");
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_EQ(percent_encode("a b/é"), "a%20b/%c3%a9");
}

TEST(Nearest, FindsASlipOfTheKeyboardAndNothingElse) {
  EXPECT_EQ(nearest("limt", {"limit", "offset"}), "limit");
  EXPECT_EQ(nearest("zebra", {"limit", "offset"}), "");
}

TEST(Time, ReadsAsIso8601) {
  const WallTime time{std::chrono::milliseconds(1762542932456)};
  EXPECT_EQ(iso8601(time), "2025-11-07T19:15:32.456Z");
  EXPECT_DOUBLE_EQ(epoch_seconds(time), 1762542932.456);
}

TEST(Log, CutsSecretsOutOfTargets) {
  EXPECT_EQ(log::without_secrets("/ws?token=abc&x=1&k=2"), "/ws?token=***&x=1&k=***");
  EXPECT_EQ(log::without_secrets("/a?mask=1"), "/a?mask=1");
}

}  // namespace
}  // namespace bpyd
