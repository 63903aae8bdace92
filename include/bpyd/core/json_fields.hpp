// SPDX-License-Identifier: MIT
// What a field description is good for: reading, writing, and printing its schema.
// Readers collect all mistakes, not the first; unknown keys are ignored unless said otherwise.
// Thread: pure functions, any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/core/fields.hpp"

namespace bpyd {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

/// Parses one JSON text from outside: valid UTF-8, no NUL, no trailing bytes, at most 64 deep
/// (R29). Fails with not_json naming the byte.
Result<nlohmann::json> parse_json(std::string_view text);
/// As parse_json, and it must be an object.
Result<nlohmann::json> parse_json_object(std::string_view text);

enum class UnknownKeys { ignored, refused };

namespace detail {
Result<void> read_json(const nlohmann::json& json, ObjectRef into, UnknownKeys unknown);
Result<void> read_text(std::string_view text, ObjectRef into);
Result<void> read_query(const QueryPairs& query, ObjectRef into);
void write_json(ObjectRef from, nlohmann::ordered_json& out);
}  // namespace detail

/// Fails with missing_parameter or bad_value whose message lists every field at fault.
template <class T>
Result<T> from_json(const nlohmann::json& json, UnknownKeys unknown = UnknownKeys::ignored) {
  T value{};
  if (auto ok = detail::read_json(json, Fields::object(value), unknown); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  return value;
}

/// The same from text.
template <class T>
Result<T> from_json_text(std::string_view text) {
  T value{};
  if (auto ok = detail::read_text(text, Fields::object(value)); !ok) return std::unexpected(std::move(ok.error()));
  return value;
}

/// Query parameters: numbers and booleans in their text forms, lists comma-separated.
template <class T>
Result<T> from_query(const QueryPairs& query) {
  T value{};
  if (auto ok = detail::read_query(query, Fields::object(value)); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  return value;
}

/// Appends the described members to `out` (an object) in description order. Unset optionals
/// are left out.
template <class T>
void to_json(const T& value, nlohmann::ordered_json& out) {
  // describe() serves reading too and so takes a mutable reference; writing does not change it.
  detail::write_json(Fields::object(const_cast<T&>(value)), out);
}

/// Compact text; bytes that are not UTF-8 become U+FFFD.
std::string dump_json(const nlohmann::ordered_json& json, int indent = -1);

template <class T>
std::string to_json_text(const T& value, int indent = -1);

namespace detail {
std::string object_text(ObjectRef from, int indent);
template <class T>
void describe_blank(Fields& fields) {
  T blank{};
  T::describe(fields, blank);
}
}  // namespace detail

template <class T>
std::string to_json_text(const T& value, int indent) {
  return detail::object_text(Fields::object(const_cast<T&>(value)), indent);
}

/// A schema as a function pointer, so that tables can hold one without naming the type.
using SchemaFn = void (*)(Fields&);
template <class T>
constexpr SchemaFn schema_fn = &detail::describe_blank<T>;
/// JSON Schema (2020-12) of a described struct.
void write_schema(SchemaFn describe, nlohmann::ordered_json& out);

}  // namespace bpyd
