// SPDX-License-Identifier: MIT
// The map as a drawing by itself. Colours are those of the reader's own light or dark; every text is
// escaped, and nothing outside the file is referred to.
#include <algorithm>
#include <string_view>

#include "bpyd/core/strings.hpp"
#include "map_cards.hpp"
#include "teller.hpp"
#include "text_lines.hpp"

namespace bpyd::analysis {

namespace {

constexpr std::int64_t kNameColumns = 26, kWordColumns = 30, kWordLine = 16, kPad = 10;

constexpr std::string_view kStyle = R"(<style>
svg { --paper: #fbfbfa; --ground: #f0f1f2; --card: #ffffff; --edge: #c3c8cf; --ink: #1c2126; --soft: #5b6570;
  --line: #7d8894; --plan: #8a6d00; --add: #1a7f37; --change: #9a6700; --cut: #b3261e; --end: #6639ba; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #14171a; --ground: #1c2024; --card: #262b31; --edge: #434b54; --ink: #e8eaed; --soft: #a2abb5;
    --line: #7d8894; --plan: #d8b44a; --add: #4fc26b; --change: #dba642; --cut: #f2776e; --end: #b392f0; }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.paper { fill: var(--paper); }
.ground { fill: var(--ground); }
.title { font-size: 15px; font-weight: 600; fill: var(--soft); }
.card rect { fill: var(--card); stroke: var(--edge); }
.name { font-weight: 600; font-size: 13px; }
.words { fill: var(--soft); }
.rule { stroke: var(--edge); }
.way { fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#tip); }
.tip { fill: var(--line); }
.call { stroke-dasharray: 6 4; }
.screen, .python { stroke-dasharray: 2 4; }
.planned > rect { stroke: var(--plan); stroke-dasharray: 6 4; fill: none; }
.nowhere > rect { fill: url(#hatch); }
.nowhere text { opacity: .6; }
.entry > rect { stroke-width: 3; }
.ending > rect { stroke: var(--end); stroke-width: 2; }
.never text { text-decoration: line-through; opacity: .6; }
.added > rect { stroke: var(--add); stroke-width: 3; }
.changed > rect { stroke: var(--change); stroke-width: 3; }
.cut > rect { stroke: var(--cut); stroke-width: 3; stroke-dasharray: 6 4; }
.cut text { opacity: .6; }
</style>
)";

constexpr std::string_view kDefinitions =
    R"svg(<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path class="tip" d="M0 0L8 4L0 8z"/></marker>
<pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="8" height="8" style="fill: var(--card)"/><rect width="2" height="8" style="fill: var(--edge)"/></pattern></defs>
)svg";

/// As text of XML, which knows two characters fewer than UTF-8.
std::string xml(std::string_view text) {
  auto out = escape_html(printable_utf8(text));
  for (const std::string_view none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (auto at = out.find(none); at != std::string::npos; at = out.find(none, at + 3))
      out.replace(at, 3, "\xEF\xBF\xBD");
  }
  return out;
}

class Drawing {
 public:
  Drawing(const StoryMap& map, const std::string& title) : map_(map) {
    const auto width = std::max<std::int64_t>(map.width, 1), height = std::max<std::int64_t>(map.height, 1);
    out_.reserve(map.labels.size() * 700 + map.edges.size() * 120 + 4096);
    put(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )", width, ' ', height, R"(" width=")", width,
        R"(" height=")", height, "\" role=\"img\">\n");
    put("<title>", xml(shortened(title, 200)), "</title>\n", kStyle, kDefinitions);
    put(R"(<rect class="paper" width=")", width, R"(" height=")", height, "\"/>\n");
  }

  std::string run() {
    for (const auto& file : map_.files) ground(file);
    for (const auto& edge : map_.edges) way(edge);
    for (const auto& label : map_.labels) card(label);
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  void one(std::string_view text) { out_ += text; }
  void one(char c) { out_ += c; }
  void one(std::int64_t number) { out_ += std::to_string(number); }
  template <class... What>
  void put(const What&... what) {
    (one(what), ...);
  }

  void text(std::string_view kind, std::int64_t x, std::int64_t y, std::string_view words) {
    if (words.empty()) return;
    put("<text", kind.empty() ? "" : " class=\"", kind, kind.empty() ? "" : "\"", " x=\"", x, "\" y=\"", y,
        "\">", xml(words), "</text>\n");
  }
  /// In lines below one another; the last ends in an ellipsis when there is more.
  void lines(std::string_view kind, std::int64_t x, std::int64_t y, std::string_view words,
             std::int64_t columns, std::int64_t height, std::size_t most) {
    const auto rows = text_lines(words, columns, most + 1);
    for (std::size_t i = 0; i < rows.size() && i < most; ++i) {
      const bool more = i + 1 == most && rows.size() > most;
      text(kind, x, y, more ? std::string(rows[i]) + "…" : std::string(rows[i]));
      y += height;
    }
  }

  void ground(const MapFile& file) {
    put(R"(<rect class="ground" rx="12" x=")", file.x, R"(" y=")", file.y, R"(" width=")", file.width,
        R"(" height=")", file.height, "\"/>\n");
    const auto most = static_cast<std::size_t>(std::max<std::int64_t>(file.width / 10, 8));
    text("title", file.x + 16, file.y + 28, shortened(file.file, most));
  }

  static std::string classes(const MapLabel& label) {
    std::string out = "card";
    if (label.kind == "planned") out += " planned";
    if (label.kind != "planned" && label.kind != "cut" && !label.reachable) out += " nowhere";
    if (label.entry) out += " entry";
    if (label.ending) out += " ending";
    for (const std::string_view change : {"added", "changed", "cut"}) {
      if (label.change == change) out.append(" ").append(change);
    }
    return out;
  }

  void card(const MapLabel& label) {
    put("<g class=\"", classes(label), R"("><rect rx="8" x=")", label.x, R"(" y=")", label.y, R"(" width=")",
        label.width, R"(" height=")", label.height, "\"/>\n");
    lines("name", label.x + kPad, label.y + 22, label.name, kNameColumns, 0, 1);
    const auto body = body_height(label.words);
    const auto rows = static_cast<std::size_t>(body / kWordLine);
    if (rows > 0)
      lines("words", label.x + kPad, label.y + kCardHeader + 10, label.text, kWordColumns, kWordLine, rows);
    for (const auto& pin : label.pins) {
      const auto y = label.y + pin.y;
      put("<g", pin.never.empty() ? "" : " class=\"never\"", R"(><path class="rule" d="M)", label.x, ' ', y,
          'h', label.width, "\"/>\n");
      lines("", label.x + kPad, y + 17, pin.text, kPinColumns, kPinRow, static_cast<std::size_t>(pin.rows));
      put("</g>\n");
    }
    put("</g>\n");
  }

  /// From the card's foot, or the choice's side, to the other card's head; to its side when that is not
  /// below.
  void way(const MapEdge& edge) {
    const auto& from = map_.labels[static_cast<std::size_t>(edge.from)];
    const auto& to = map_.labels[static_cast<std::size_t>(edge.to)];
    const bool down = to.y >= from.y + from.height;
    const bool right = to.x >= from.x;
    auto x = from.x + from.width / 2, y = from.y + from.height;
    auto end_x = to.x + to.width / 2, end_y = to.y;
    auto bend_x = x, bend_y = y + 40, last_x = end_x, last_y = end_y - 40;
    if (edge.pin >= 0 || !down) {
      const auto& pins = from.pins;
      x = right ? from.x + from.width : from.x;
      y = edge.pin >= 0 ? from.y + pins[static_cast<std::size_t>(edge.pin)].y +
                              pins[static_cast<std::size_t>(edge.pin)].rows * kPinRow / 2 + kPinEdge / 2
                        : from.y + kCardHeader / 2;
      bend_x = right ? x + 50 : x - 50;
      bend_y = y;
    }
    if (!down) {
      const bool beside = to.x >= from.x + from.width || to.x + to.width <= from.x;
      end_x = right == beside ? to.x : to.x + to.width;
      end_y = to.y + kCardHeader / 2;
      last_x = right == beside ? end_x - 50 : end_x + 50;
      last_y = end_y;
    }
    put("<path class=\"way ", way_class(edge.kind), R"(" d="M)", x, ' ', y, 'C', bend_x, ' ', bend_y, ' ',
        last_x, ' ', last_y, ' ', end_x, ' ', end_y, "\"/>\n");
  }
  /// No text of a story is a class, wherever the map comes from.
  static std::string_view way_class(std::string_view kind) {
    for (const std::string_view known : {"jump", "call", "choice", "falls_through", "screen", "python"}) {
      if (kind == known) return known;
    }
    return "jump";
  }

  const StoryMap& map_;
  std::string out_;
};

}  // namespace

std::string svg_of(const StoryMap& map, const std::string& title) { return Drawing(map, title).run(); }

}  // namespace bpyd::analysis
