// SPDX-License-Identifier: MIT
#include "texts.hpp"

#include <vector>

#include "bpyd/io/pack.hpp"

namespace bpyd::history {
namespace {

constexpr std::size_t kMostText = 512U << 20U;  // a report of another analyzer may be large
constexpr std::size_t kMostKept = 16U << 20U;
constexpr std::int64_t kBlock = 32;  // texts of a file that build on one that stands alone: damage goes no further
constexpr std::size_t kDeepest = 80;  // more than the bits of a number: the file is damaged

/// Packed alone or by its difference, whichever is smaller.
std::string smaller(const std::string& text, const std::string& base, bool& alone) {
  auto packed = io::pack(text, base);
  alone = base.empty();
  if (alone || packed.size() < text.size() / 8) return packed;
  auto whole = io::pack(text);
  if (whole.size() > packed.size()) return packed;
  alone = true;
  return whole;
}

}  // namespace

Result<Texts::Base> Texts::base_of(std::int64_t file, std::int64_t serial) {
  auto find = database_.prepare("SELECT id FROM texts WHERE file=? AND serial=?");
  if (!find) return std::unexpected(find.error());
  while (serial % kBlock != 0) {
    serial &= serial - 1;
    const auto found = find->bind(1, file).bind(2, serial).step();
    if (!found) return std::unexpected(found.error());
    if (!*found) continue;
    const auto id = find->number(0);
    auto text = get(id);
    if (!text) return Base{};  // a damaged one is no base
    return Base{id, *std::move(text)};
  }
  return Base{};
}

Result<std::int64_t> Texts::put(std::int64_t file, const Text& text, const std::string& print) {
  auto known = database_.prepare("SELECT id FROM texts WHERE print=?");
  if (!known) return std::unexpected(known.error());
  const auto found = known->bind_bytes(1, print).step();
  if (!found) return std::unexpected(found.error());
  if (*found) return known->number(0);
  auto counting = database_.prepare("SELECT coalesce(max(serial), -1) + 1 FROM texts WHERE file=?");
  if (!counting) return std::unexpected(counting.error());
  if (const auto row = counting->bind(1, file).step(); !row) return std::unexpected(row.error());
  const auto serial = counting->number(0);
  auto base = base_of(file, serial);
  if (!base) return std::unexpected(base.error());
  bool alone = true;
  const auto packed = smaller(*text, base->text ? *base->text : std::string(), alone);
  if (packed.empty()) return fail(Code::database, "A text could not be packed");
  auto insert = database_.prepare("INSERT INTO texts(print, file, serial, base, data) VALUES(?,?,?,?,?)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind_bytes(1, print).bind(2, file).bind(3, serial).bind_bytes(5, packed);
  if (alone) insert->bind_null(4);
  else insert->bind(4, base->id);
  if (const auto ok = insert->run(); !ok) return std::unexpected(ok.error());
  const auto id = database_.last_id();
  remember(id, text);
  return id;
}

Result<Text> Texts::get(std::int64_t id) {
  struct Link {
    std::int64_t id;
    std::string data, print;
  };
  auto find = database_.prepare("SELECT base, data, print FROM texts WHERE id=?");
  if (!find) return std::unexpected(find.error());
  std::vector<Link> chain;
  Text text;
  for (std::int64_t next = id; next != 0;) {
    if (const auto kept = kept_.find(next); kept != kept_.end()) {
      text = kept->second.text;
      used_.splice(used_.begin(), used_, kept->second.used);
      break;
    }
    const auto found = find->bind(1, next).step();
    if (!found) return std::unexpected(found.error());
    if (!*found || chain.size() == kDeepest) return fail(Code::database, "A text of the history is missing");
    chain.push_back({next, std::string(find->bytes(1)), std::string(find->bytes(2))});
    next = find->null(0) ? 0 : find->number(0);
    find->reset();
  }
  for (; !chain.empty(); chain.pop_back()) {
    auto made = io::unpack(chain.back().data, text ? *text : std::string_view(), kMostText);
    if (!made) return std::unexpected(made.error());
    if (io::print_of(*made) != chain.back().print) return fail(Code::database, "A text of the history is damaged");
    text = std::make_shared<const std::string>(*std::move(made));
    remember(chain.back().id, text);
  }
  return text;
}

Result<void> Texts::drop_unused(std::int64_t id) {
  auto used = database_.prepare("SELECT 1 FROM spans WHERE text=?1 UNION ALL SELECT 1 FROM texts WHERE base=?1 LIMIT 1");
  if (!used) return std::unexpected(used.error());
  auto base = database_.prepare("SELECT base FROM texts WHERE id=?");
  if (!base) return std::unexpected(base.error());
  auto erase = database_.prepare("DELETE FROM texts WHERE id=?");
  if (!erase) return std::unexpected(erase.error());
  for (std::int64_t next = id; next != 0;) {
    const auto needed = used->bind(1, next).step();
    if (!needed) return std::unexpected(needed.error());
    used->reset();
    if (*needed) break;
    const auto found = base->bind(1, next).step();
    if (!found) return std::unexpected(found.error());
    const auto below = *found && !base->null(0) ? base->number(0) : 0;
    base->reset();
    if (const auto ok = erase->bind(1, next).run(); !ok) return ok;
    if (const auto kept = kept_.find(next); kept != kept_.end()) {
      kept_bytes_ -= kept->second.text->size();
      used_.erase(kept->second.used);
      kept_.erase(kept);
    }
    next = below;
  }
  return {};
}

void Texts::forget_kept() {
  kept_.clear();
  used_.clear();
  kept_bytes_ = 0;
}

void Texts::remember(std::int64_t id, Text text) {
  if (text->size() > kMostKept || kept_.contains(id)) return;
  kept_bytes_ += text->size();
  used_.push_front(id);
  kept_.emplace(id, Kept{std::move(text), used_.begin()});
  while (kept_bytes_ > kMostKept) {
    const auto last = kept_.find(used_.back());
    kept_bytes_ -= last->second.text->size();
    kept_.erase(last);
    used_.pop_back();
  }
}

}  // namespace bpyd::history
