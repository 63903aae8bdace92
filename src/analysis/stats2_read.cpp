// SPDX-License-Identifier: MIT
// stats2 from JSON text that somebody else may have written: the first fault is named by its
// JSON pointer.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "stats2_fields.hpp"

namespace bpyd::analysis {
namespace {

using nlohmann::json;

/// A JSON pointer as a chain on the stack: nothing is built unless a fault needs it.
struct Pointer {
  const Pointer* above = nullptr;
  const char* name = nullptr;  // null: an index
  std::size_t index = 0;

  [[nodiscard]] std::string text() const {
    if (above == nullptr) return {};
    return above->text() + "/" + (name != nullptr ? name : std::to_string(index));
  }
};

class Reader {
 public:
  Reader(const json& object, const Pointer& where, std::string& fault)
      : object_(object), where_(where), fault_(fault) {}

  template <class T>
  void required(const char* name, T& member, const char* doc) {
    if (!fault_.empty()) return;
    if (!object_.contains(name)) return blame({&where_, name}, "is missing");
    optional(name, member, doc);
  }
  template <class T>
  void optional(const char* name, T& member, const char*) {
    if (!fault_.empty()) return;
    const auto found = object_.find(name);
    if (found == object_.end()) return;
    read(*found, {&where_, name}, member);
  }
  template <class W>
  void one_of(const char* name, std::string& member, const char* doc, const W& words) {
    required(name, member, doc);
    if (!fault_.empty() || std::ranges::find(words, member) != words.end()) return;
    std::string list;
    for (const auto word : words) list += (list.empty() ? "" : ", ") + std::string(word);
    blame({&where_, name}, "must be one of: " + list);
  }
  template <class T, class C>
  void constant(const char* name, T& member, const C& fixed) {
    required(name, member, "");
    if (fault_.empty() && member != fixed) blame({&where_, name}, "must be " + json(fixed).dump());
  }

 private:
  void blame(const Pointer& where, std::string_view what) {
    if (fault_.empty()) fault_ = where.text() + " " + std::string(what);
  }
  void read(const json& from, const Pointer& where, std::string& into) {
    if (from.is_string())
      into = from.get<std::string>();
    else
      blame(where, "must be a string");
  }
  void read(const json& from, const Pointer& where, std::optional<std::string>& into) {
    read(from, where, into.emplace());
  }
  void read(const json& from, const Pointer& where, bool& into) {
    if (from.is_boolean())
      into = from.get<bool>();
    else
      blame(where, "must be true or false");
  }
  void read(const json& from, const Pointer& where, std::int64_t& into) {
    // So much may be added up without care: 2^40 words would fill a shelf of a million books.
    constexpr auto kWhat = "must be a whole number from 0 to 2^40";
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40U;
    if (from.is_number_unsigned()) {
      const auto value = from.get<std::uint64_t>();
      if (value > kMost)
        blame(where, kWhat);
      else
        into = static_cast<std::int64_t>(value);
    } else if (from.is_number_float() && from.get<double>() >= 0 && from.get<double>() <= static_cast<double>(kMost) &&
               from.get<double>() == static_cast<double>(static_cast<std::int64_t>(from.get<double>()))) {
      into = static_cast<std::int64_t>(from.get<double>());  // 3.0 is an integer to JSON Schema
    } else {
      blame(where, kWhat);
    }
  }
  void read(const json& from, const Pointer& where, std::vector<std::string>& into) {
    const bool texts =
        from.is_array() && std::ranges::all_of(from, [](const json& item) { return item.is_string(); });
    if (!texts) return blame(where, "must be a list of strings");
    into = from.get<std::vector<std::string>>();
  }
  template <class T>
  void read(const json& from, const Pointer& where, std::vector<T>& into) {
    if (!from.is_array()) return blame(where, "must be a list of objects");
    into.reserve(from.size());
    for (std::size_t i = 0; i < from.size() && fault_.empty(); ++i) {
      read(from[i], {&where, nullptr, i}, into.emplace_back());
    }
  }
  template <class T>
  void read(const json& from, const Pointer& where, Rows<T>& into) {
    std::vector<T> rows;
    read(from, where, rows);
    into = std::move(rows);
  }
  void read(const json& from, const Pointer& where, PathList& into) {
    std::vector<Path> paths;
    read(from, where, paths);
    into = std::move(paths);
  }
  template <class T>
    requires requires(Reader& r, T& t) { describe(r, t); }
  void read(const json& from, const Pointer& where, T& into) {
    if (!from.is_object()) return blame(where, "must be an object");
    Reader inner(from, where, fault_);
    describe(inner, into);
  }

  const json& object_;
  const Pointer& where_;
  std::string& fault_;
};

}  // namespace

Result<Stats2> stats2_from_json(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed) return fail(Code::bad_stats2, parsed.error().message);
  if (!parsed->is_object()) return fail(Code::bad_stats2, "The text must be one JSON object");
  Stats2 stats;
  stats.format.clear();
  stats.version = 0;
  std::string fault;
  const Pointer root;
  Reader reader(*parsed, root, fault);
  describe(reader, stats);
  if (!fault.empty()) return fail(Code::bad_stats2, std::move(fault));
  return stats;
}

std::optional<std::size_t> find_path(const Stats2& stats, std::string_view id_or_key) {
  const auto found = std::ranges::find_if(stats.paths, [&](const PathHead& path) {
    return path.id == id_or_key || (!path.key.empty() && path.key == id_or_key);
  });
  if (found == stats.paths.end()) return std::nullopt;
  return static_cast<std::size_t>(found - stats.paths.begin());
}

namespace {

class ToldAlready final : public PathList::Teller {
 public:
  explicit ToldAlready(std::vector<Path> paths) : paths_(std::move(paths)) {}
  [[nodiscard]] Path tell(std::size_t index, bool) const override { return paths_[index]; }

 private:
  std::vector<Path> paths_;
};

}  // namespace

PathList::PathList(std::vector<Path> paths) {
  std::vector<PathHead> heads;
  for (const auto& path : paths)
    heads.push_back({path.id, path.key, path.title, path.entry, path.ending, path.ending_kind});
  heads_ = std::make_shared<const std::vector<PathHead>>(std::move(heads));
  teller_ = std::make_shared<const ToldAlready>(std::move(paths));
}

Path PathList::tell(std::size_t index, bool closely) const {
  auto path = teller_->tell(index, closely);
  const auto& head = (*this)[index];
  path.id = head.id;
  path.key = head.key;
  path.title = head.title;
  return path;
}

}  // namespace bpyd::analysis
