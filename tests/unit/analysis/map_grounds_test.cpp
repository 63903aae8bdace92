// SPDX-License-Identifier: MIT
// Grounds on their shelves, whatever comes, grows and goes.
#include "map_grounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace bpyd::analysis {
namespace {

struct Placed {
  std::string file;
  std::int64_t x, y, width, height;
};

std::vector<Placed> placed(const std::vector<Ground>& grounds, const Grounds& where) {
  std::vector<Placed> out;
  for (const auto& ground : grounds) {
    const auto* slot = where.find(ground.file);
    if (slot == nullptr) throw std::runtime_error("no slot for " + ground.file);
    out.push_back({ground.file, slot->x, slot->y, ground.width, ground.height});
  }
  return out;
}

void expect_apart(const std::vector<Placed>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = i + 1; k < all.size(); ++k) {
      const auto &a = all[i], &b = all[k];
      EXPECT_FALSE(a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
          << a.file << " and " << b.file;
    }
  }
}

Ground random_ground(std::mt19937& random, int number) {
  return {"f" + std::to_string(number), 200 + static_cast<std::int64_t>(random() % 2000),
          100 + static_cast<std::int64_t>(random() % 2000)};
}

TEST(Grounds, NeverOverlapWhateverComesGrowsAndGoes) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<Ground> grounds;
    int number = 0;
    for (auto n = random() % 30 + 1; n > 0; --n) grounds.push_back(random_ground(random, number++));
    auto where = arranged(grounds, nullptr);
    expect_apart(placed(grounds, where));
    for (int step = 0; step < 30; ++step) {
      const auto at = random() % grounds.size();
      if (random() % 3 == 0) {
        grounds.insert(grounds.begin() + static_cast<std::ptrdiff_t>(at), random_ground(random, number++));
      } else if (random() % 3 == 0 && grounds.size() > 1) {
        grounds.erase(grounds.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        const auto& slot = *where.find(grounds[at].file);
        grounds[at].height =
            random() % 2 == 0 ? slot.reach : grounds[at].height + static_cast<std::int64_t>(random() % 400);
      }
      where = arranged(grounds, &where);
      expect_apart(placed(grounds, where));
      if (testing::Test::HasFailure()) FAIL() << "round " << round << ", step " << step;
    }
  }
}

TEST(Grounds, StayBeforeTheFirstThatOutgrowsItsSlot) {
  std::mt19937 random(2);
  std::vector<Ground> grounds;
  for (int i = 0; i < 40; ++i) grounds.push_back(random_ground(random, i));
  const auto before = arranged(grounds, nullptr);
  grounds[20].width *= 2;
  const auto after = arranged(grounds, &before);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(after.slots[static_cast<std::size_t>(i)].x, before.slots[static_cast<std::size_t>(i)].x);
    EXPECT_EQ(after.slots[static_cast<std::size_t>(i)].y, before.slots[static_cast<std::size_t>(i)].y);
  }
}

TEST(Grounds, FillAPage) {
  std::mt19937 random(3);
  std::vector<Ground> grounds;
  for (int i = 0; i < 200; ++i) grounds.push_back(random_ground(random, i));
  std::int64_t width = 0, height = 0;
  for (const auto& slot : arranged(grounds, nullptr).slots) {
    width = std::max(width, slot.x + slot.width);
    height = std::max(height, slot.y + slot.height);
  }
  EXPECT_GT(width * 10, height * 12);
  EXPECT_LT(width * 10, height * 20);
}

}  // namespace
}  // namespace bpyd::analysis
