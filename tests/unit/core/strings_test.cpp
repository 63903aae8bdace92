// SPDX-License-Identifier: MIT
// Text helpers.
#include "bpyd/core/strings.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/log.hpp"
#include "temp_dir.hpp"

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

TEST(Time, OfAnyClockHasFourDigitsForItsYear) {
  const auto of = [](std::int64_t millis) {
    std::string text;
    append_iso8601(text, millis);
    return text;
  };
  EXPECT_EQ(iso8601(WallTime{std::chrono::seconds(-5)}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(of(-5), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(of(1762542932456), "2025-11-07T19:15:32.456Z");
  EXPECT_EQ(of(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999Z");
  std::string seconds;
  append_epoch_seconds(seconds, -1500);
  EXPECT_EQ(seconds, "0.000");
}

TEST(Log, ALineObeysNobody) {
  const test::TempDir dir;
  ASSERT_TRUE(log::open({.file = dir / "log"}));
  log::write(log::Level::info, "a", "b", "x\u0085y\u2028z\u2029 \u00e9 \u2027\n\x1b[2J");
  log::close();
  const auto line = test::slurp(dir / "log");
  EXPECT_NE(line.find(R"("msg":"x\u0085y\u2028z\u2029 é ‧\n\u001b[2J")"), std::string::npos) << line;
}

TEST(Log, CutsSecretsOutOfTargets) {
  EXPECT_EQ(log::without_secrets("/ws?token=abc&x=1&k=2"), "/ws?token=***&x=1&k=***");
  EXPECT_EQ(log::without_secrets("/a?mask=1"), "/a?mask=1");
}

}  // namespace
}  // namespace bpyd
