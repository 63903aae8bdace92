// SPDX-License-Identifier: MIT
// Targets, routes and the renderer of errors.
#include "bpyd/protocol/http.hpp"

#include <gtest/gtest.h>

#include "bpyd/protocol/error_envelope.hpp"
#include "bpyd/protocol/frame.hpp"
#include "bpyd/protocol/routes.hpp"

namespace bpyd::protocol {
namespace {

TEST(ParseTarget, SplitsAndDecodesOnce) {
  const auto target = parse_target("/api/projects/a%20b?project=My+Game&x=%26&flag#frag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/projects/a b");
  EXPECT_EQ(target->query, (QueryPairs{{"project", "My Game"}, {"x", "&"}, {"flag", ""}}));
}

TEST(ParseTarget, RefusesWhatCouldMeanTwoThings) {
  for (const char* bad : {"", "x", "/a%2fb", "/a%2Fb", "/a%5cb", "/a\\b", "/%00", "/%0a", "/%zz", "/%ff", "/?q=%ff", "/?q=%00", "/?q=%"}) {
    const auto target = parse_target(bad);
    ASSERT_FALSE(target) << bad;
    EXPECT_EQ(target.error().code, Code::bad_request);
  }
}

Route route(Method method, std::string pattern, std::string owner = "a") {
  Route made(method, std::move(pattern), Scope::admin);
  made.owner = std::move(owner);
  return made;
}

TEST(RouteTable, FindsExactPathsAndPatterns) {
  RouteTable table;
  ASSERT_TRUE(table.add(route(Method::get, "/a")));
  ASSERT_TRUE(table.add(route(Method::post, "/a")));
  ASSERT_TRUE(table.add(route(Method::get, "/p/{project}/x")));
  EXPECT_EQ(table.find(Method::get, "/a").route->method, Method::get);
  EXPECT_EQ(table.find(Method::head, "/a").route->method, Method::get);
  const auto match = table.find(Method::get, "/p/one/x");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.params, (QueryPairs{{"project", "one"}}));
  EXPECT_EQ(table.find(Method::get, "/p//x").route, nullptr);
  EXPECT_EQ(table.find(Method::get, "/p/one").route, nullptr);
  EXPECT_EQ(table.find(Method::del, "/a").allow, "GET, HEAD, POST");
  EXPECT_EQ(table.find(Method::get, "/b").allow, "");
}

TEST(RouteTable, NamesBothOwnersOfADuplicate) {
  RouteTable table;
  ASSERT_TRUE(table.add(route(Method::get, "/a", "pilot")));
  const auto again = table.add(route(Method::get, "/a", "watch"));
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("pilot and by watch"), std::string::npos);
}

TEST(ErrorResponse, IsTheSeedsPayload) {
  Request request;
  request.correlation_id = "req-1";
  const auto response = error_response({Code::path_not_found, "Path p9 not found", "Available paths: p001"}, request, ErrorForm::json);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(*response.body,
            "{\"error\":true,\"code\":\"BPY-1201\",\"message\":\"Path p9 not found\",\"severity\":\"warn\","
            "\"suggestion\":\"Available paths: p001\",\"correlation_id\":\"req-1\"}\n");
}

TEST(ErrorResponse, EscapesTextInTheBox) {
  const auto response = error_response({Code::path_not_found, "<script>", "'\""}, Request{}, ErrorForm::html_page);
  EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(response.body->find("<script>"), std::string::npos);
  EXPECT_NE(response.body->find("&lt;script&gt;"), std::string::npos);
}

struct OneHeader : Headers {
  std::string_view accept;
  explicit OneHeader(std::string_view text) : accept(text) {}
  [[nodiscard]] std::string_view get(std::string_view name) const override { return name == "Accept" ? accept : std::string_view(); }
};

TEST(ErrorResponse, IsAPageForWhoFollowsALink) {
  const auto type = [](std::string_view accept) {
    const OneHeader headers(accept);
    Request request;
    request.headers = &headers;
    return error_response({Code::route_not_found, "Nothing answers at /x"}, request, ErrorForm::json).content_type;
  };
  EXPECT_EQ(type("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), "text/html; charset=utf-8");
  EXPECT_EQ(type("application/json, text/html"), "application/json");
  EXPECT_EQ(type("*/*"), "application/json");
  EXPECT_EQ(type(""), "application/json");
}

TEST(FrameArena, CodesTheThreeLengths) {
  FrameArena arena;
  EXPECT_EQ(arena.text("hi").bytes(), "\x81\x02hi");
  const auto middle = arena.text(std::string(300, 'x'));
  EXPECT_EQ(middle.bytes().substr(0, 4), std::string_view("\x81\x7e\x01\x2c", 4));
  const auto large = arena.text(std::string(70000, 'x'));
  EXPECT_EQ(large.bytes().substr(0, 10), std::string_view("\x81\x7f\0\0\0\0\0\x01\x11\x70", 10));
  EXPECT_EQ(large.bytes().size(), 70010U);
  EXPECT_EQ(arena.encode(Opcode::text, "z", true).bytes(), "\xc1\x01z");
}

TEST(FrameArena, LaysFramesOneBehindTheOtherAndReusesWhatNobodyHolds) {
  FrameArena arena;
  const char* first = nullptr;
  {
    const auto a = arena.text("a");
    const auto b = arena.text("b");
    first = a.bytes().data();
    EXPECT_EQ(a.bytes().data() + a.size, b.bytes().data());
  }
  EXPECT_EQ(arena.text("c").bytes().data(), first);
}

}  // namespace
}  // namespace bpyd::protocol
