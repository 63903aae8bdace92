// SPDX-License-Identifier: MIT
// A struct's fields are described once; that description reads queries and JSON, writes JSON
// and prints schemas.
//
//   struct PathsQuery {
//     std::string project;
//     std::int64_t limit = 100;
//     static void describe(auto& fields, auto& self) {
//       fields.optional("project", self.project, "alias or root");
//       fields.optional("limit", self.limit, "most rows to answer");
//     }
//   };
//
// Thread: values and pure functions, any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bpyd {

/// JSON text that goes out exactly as it came in (or was prepared elsewhere). Empty: null.
struct RawJson {
  std::string text;
};

/// A JSON number of seconds since 1970 with milliseconds, where a seed shows that form.
struct EpochSeconds {
  double value = 0;
};

class Fields;

/// A described struct, its type erased.
struct ObjectRef {
  void* object;
  void (*describe)(Fields&, void*);
};

/// A list of described structs, its type erased. `append` returns the new element.
struct ListRef {
  void* list;
  std::size_t (*size)(const void*);
  ObjectRef (*at)(void*, std::size_t);
  ObjectRef (*append)(void*);
  void (*describe_one)(Fields&);
};

using FieldRef = std::variant<std::string*, std::int64_t*, bool*, double*, EpochSeconds*, RawJson*,
                              std::vector<std::string>*, std::optional<std::string>*,
                              std::optional<std::int64_t>*, std::optional<bool>*, std::optional<std::vector<std::string>>*,
                              ObjectRef, ListRef>;

struct FieldInfo {
  const char* name;
  const char* doc;
  bool required;
};

/// The visitor that a describe() function talks to.
class Fields {
 public:
  virtual ~Fields() = default;

  template <class T>
  void required(const char* name, T& member, const char* doc) {
    visit({name, doc, true}, ref(member));
  }
  template <class T>
  void optional(const char* name, T& member, const char* doc) {
    visit({name, doc, false}, ref(member));
  }

  template <class T>
  static ObjectRef object(T& value) {
    return {&value, [](Fields& fields, void* p) { T::describe(fields, *static_cast<T*>(p)); }};
  }

 protected:
  virtual void visit(const FieldInfo& info, FieldRef field) = 0;

 private:
  template <class T>
  static FieldRef ref(T& member) {
    if constexpr (requires { FieldRef{&member}; }) {
      return FieldRef{&member};
    } else if constexpr (requires { member.emplace_back().describe; } || requires(Fields& f) {
                           T::value_type::describe(f, member.front());
                         }) {
      return list(member);
    } else {
      return object(member);
    }
  }

  template <class L>
  static ListRef list(L& member) {
    using T = typename L::value_type;
    return {&member, [](const void* p) { return static_cast<const L*>(p)->size(); },
            [](void* p, std::size_t i) { return object((*static_cast<L*>(p))[i]); },
            [](void* p) { return object(static_cast<L*>(p)->emplace_back()); },
            [](Fields& fields) {
              T blank{};
              T::describe(fields, blank);
            }};
  }
};

}  // namespace bpyd
