// SPDX-License-Identifier: MIT
#include "book.hpp"

#include <cstdio>
#include <unordered_map>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "count.hpp"

namespace bpyd::analysis {

using renpy::Option;

namespace {

/// Per statement: more than one way leads to it, so that a run of dialogue may be joined there.
std::vector<bool> meetings(const renpy::Story& story) {
  std::vector<bool> once(story.base.back()), more(story.base.back());
  const auto arrive = [&](StoryId id) {
    if (id == kNowhere) return;
    if (once[id]) more[id] = true;
    once[id] = true;
  };
  for (std::uint32_t file = 0; file < story.parts.size(); ++file) {
    for (const auto& node : story.parts[file]->nodes) {
      if (node.flow == renpy::Flow::next) arrive(story.id(file, node.next));
    }
  }
  for (const auto& way : story.ways) arrive(way.at);
  return more;
}

/// A number for a sequence of labels: the same however the sequence is cut.
struct Sequence {
  std::uint64_t factor = 1, sum = 0;
  void add(std::uint64_t item) {
    factor *= kBase;
    sum = sum * kBase + item;
  }
  void add(const Sequence& other) {
    sum = sum * other.factor + other.sum;
    factor *= other.factor;
  }
  static constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15U;
};

/// The labels of each segment, found once for all paths over it.
class HeadMaker {
 public:
  HeadMaker(const renpy::Story& story, const Sheets& sheets)
      : story_(story),
        sheets_(sheets),
        of_way_(story.ways.size()),
        of_target_(story.junctions.size()),
        of_next_(story.junctions.size()),
        way_key_(story.ways.size(), 0) {}

  PathHead make(const Route& route) {
    now_ = {};
    conditions_ = {};
    title_ = {};
    from_ = From::entry;
    last_ = kNowhere;
    replay(story_, route, *this);
    PathHead head;
    const auto entry = story_.entries[route.entry];
    head.entry = label_of(entry);
    head.ending = last_ == kNowhere ? std::string() : label_of(last_);
    if (head.ending.empty()) head.ending = head.entry;
    head.ending_kind = route.ending;
    head.title = title_.done(head.entry, head.ending);
    key_ = now_.sum;
    return head;
  }
  [[nodiscard]] std::uint64_t key() const { return key_; }
  [[nodiscard]] std::uint64_t conditions() const { return conditions_.sum; }

  void segment(const Stretch& stretch) {
    now_.add(known(stretch).labels);
    last_ = stretch.to == kNowhere ? stretch.at : story_.junctions[stretch.to].at;
  }
  void decision(JunctionId, WayId way) {
    from_ = From::way;
    way_ = way;
    const auto& option = story_.option(way);
    const bool goes_on = option.negated && option.text.empty();
    const bool picked = option.why != Option::Why::condition && !goes_on;
    auto& key = way_key_[way];
    if (key == 0) key = fnv1a(picked ? option.text : option.condition, option.negated ? 7 : 3) | 1U;
    if (picked) {
      now_.add(key);
      title_.add(option.text);
    } else {
      conditions_.add(key);
    }
  }
  void call(JunctionId junction) {
    from_ = From::call;
    junction_ = junction;
  }
  void back(JunctionId junction) {
    from_ = From::back;
    junction_ = junction;
  }
  void end(JunctionId) {}

 private:
  enum class From : std::uint8_t { entry, way, call, back };
  struct Segment {
    bool made = false;
    Sequence labels;
  };

  const Segment& known(const Stretch& stretch) {
    auto& place = from_ == From::way    ? of_way_[way_]
                  : from_ == From::call ? of_target_[junction_]
                  : from_ == From::back ? of_next_[junction_]
                                        : of_entry_[stretch.at];
    if (place.made) return place;
    place.made = true;
    each_piece(story_, stretch.file, stretch.at, [&](std::uint32_t file, NodeId node) {
      const auto& sheet = *sheets_[file];
      while ((node = sheet.next_label[node]) != kNoNode) {
        place.labels.add(fnv1a(sheet.part->file->as<renpy::LabelNode>(node).name));
        node = sheet.part->nodes[node].next;
        if (node == kNoNode) return;
      }
    });
    return place;
  }
  [[nodiscard]] std::string label_of(StoryId id) const {
    const auto owner = story_.owner(id);
    return owner == kNowhere ? std::string() : std::string(story_.label_at(owner)->name);
  }

  const renpy::Story& story_;
  const Sheets& sheets_;
  std::vector<Segment> of_way_, of_target_, of_next_;
  std::unordered_map<StoryId, Segment> of_entry_;
  std::vector<std::uint64_t> way_key_;
  From from_ = From::entry;
  WayId way_ = 0;
  JunctionId junction_ = 0;
  std::uint64_t key_ = 0;
  Sequence now_, conditions_;
  Title title_;
  StoryId last_ = kNowhere;
};

}  // namespace

Plan::Plan(std::shared_ptr<const renpy::Story> made_from, const Sheets& sheets, const Names& names,
           const Variables& variables)
    : story(std::move(made_from)),
      chart(*story),
      feasible(chart, sheets, names, variables),
      play_throughs(count_play_throughs(chart)),
      cover(analysis::cover(chart, sheets, feasible, variables)) {}

Path StoryBook::tell(const Route& route, bool closely) const {
  std::call_once(once_, [this] { telling_ = std::make_unique<const Telling>(*story, sheets); });
  if (closely) std::call_once(once_meetings_, [this] { meetings_ = meetings(*story); });
  analysis::Teller teller(*telling_, closely ? Closely{&meetings_, &plan->feasible.reasons()} : Closely{});
  replay(*story, route, teller);
  return teller.finish(route.ending, story->entries[route.entry]);
}

std::vector<PathHead> StoryBook::heads(const std::vector<Route>& routes) const {
  HeadMaker maker(*story, sheets);
  std::vector<PathHead> out;
  std::unordered_set<std::uint64_t> seen;
  for (const auto& route : routes) {
    auto head = maker.make(route);
    char id[24];
    std::snprintf(id, sizeof id, "p%03zu", out.size() + 1);
    head.id = id;
    auto key = maker.key();
    // Routes that differ in branches alone are told apart by these; then by their order.
    if (seen.contains(key)) key = fnv1a(hex64(maker.conditions()), key);
    for (int n = 2; !seen.insert(key).second; ++n) key = fnv1a(std::to_string(n), key);
    head.key = hex64(key);
    out.push_back(std::move(head));
  }
  return out;
}

}  // namespace bpyd::analysis
