// SPDX-License-Identifier: MIT
// The four visitors behind json_fields.hpp: JSON reader, query reader, JSON writer, schema.
#include "bpyd/core/json_fields.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/json_scan.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kDeepest = 64;

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

/// Collects what is wrong, so that a caller mends everything in one go.
struct Mistakes {
  std::vector<std::string> missing;
  std::vector<std::string> bad;
  std::vector<std::string> unknown;

  [[nodiscard]] Result<void> verdict() const {
    if (missing.empty() && bad.empty() && unknown.empty()) return {};
    std::string message;
    const auto add = [&](const std::string& part) { message += (message.empty() ? "" : "; ") + part; };
    if (!missing.empty()) add("missing required " + join(missing, ", "));
    for (const auto& text : bad) add(text);
    for (const auto& text : unknown) add(text);
    return fail(missing.empty() ? Code::bad_value : Code::missing_parameter, std::move(message));
  }
};

class JsonReader final : public Fields {
 public:
  JsonReader(const json& object, std::string prefix, Mistakes& mistakes, UnknownKeys unknown)
      : object_(object), prefix_(std::move(prefix)), mistakes_(mistakes), unknown_(unknown) {}

  /// Behind the last field.
  void finish() {
    if (unknown_ == UnknownKeys::ignored) return;
    for (const auto& [key, value] : object_.items()) {
      if (std::ranges::find(seen_, key) != seen_.end()) continue;
      std::string text = "unknown key '" + prefix_ + key + "'";
      if (const auto near = nearest(key, seen_); !near.empty()) text += " (did you mean '" + near + "'?)";
      mistakes_.unknown.push_back(std::move(text));
    }
  }

 protected:
  void visit(const FieldInfo& info, FieldRef field) override {
    seen_.emplace_back(info.name);
    const auto found = object_.find(info.name);
    if (found == object_.end() || found->is_null()) {
      if (info.required) mistakes_.missing.push_back("'" + prefix_ + info.name + "'");
      return;
    }
    read(*found, prefix_ + info.name, field);
  }

 private:
  void expect(bool fits, const std::string& name, std::string_view wanted) {
    if (!fits) mistakes_.bad.push_back("'" + name + "' must be " + std::string(wanted));
  }

  bool read_integer(const json& value, std::int64_t& into) {
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)) {
      return false;
    }
    into = value.get<std::int64_t>();
    return true;
  }

  void read_texts(const json& value, const std::string& name, std::vector<std::string>& into) {
    if (!value.is_array()) return expect(false, name, "a list of strings");
    into.clear();  // a default list is replaced, not added to
    for (const auto& item : value) {
      if (!item.is_string()) return expect(false, name, "a list of strings");
      into.push_back(item.get<std::string>());
    }
  }

  void read_object(const json& value, const std::string& name, ObjectRef into) {
    if (!value.is_object()) return expect(false, name, "an object");
    JsonReader inner(value, name + ".", mistakes_, unknown_);
    into.describe(inner, into.object);
    inner.finish();
  }

  void read(const json& value, const std::string& name, FieldRef field) {
    std::visit(
        Overload{
            [&](std::string* p) { value.is_string() ? void(*p = value.get<std::string>()) : expect(false, name, "a string"); },
            [&](std::int64_t* p) { expect(read_integer(value, *p), name, "a whole number"); },
            [&](bool* p) { value.is_boolean() ? void(*p = value.get<bool>()) : expect(false, name, "true or false"); },
            [&](double* p) { value.is_number() ? void(*p = value.get<double>()) : expect(false, name, "a number"); },
            [&](EpochSeconds* p) { value.is_number() ? void(p->value = value.get<double>()) : expect(false, name, "a number"); },
            [&](RawJson* p) { p->text = value.dump(-1, ' ', false, json::error_handler_t::replace); },
            [&](std::vector<std::string>* p) { read_texts(value, name, *p); },
            [&](std::optional<std::vector<std::string>>* p) { read_texts(value, name, p->emplace()); },
            [&](std::optional<std::string>* p) { value.is_string() ? void(*p = value.get<std::string>()) : expect(false, name, "a string"); },
            [&](std::optional<std::int64_t>* p) {
              std::int64_t number = 0;
              read_integer(value, number) ? void(*p = number) : expect(false, name, "a whole number");
            },
            [&](std::optional<bool>* p) { value.is_boolean() ? void(*p = value.get<bool>()) : expect(false, name, "true or false"); },
            [&](ObjectRef ref) { read_object(value, name, ref); },
            [&](ListRef ref) {
              if (!value.is_array()) return expect(false, name, "a list");
              for (const auto& item : value) read_object(item, name, ref.append(ref.list));
            }},
        field);
  }

  const json& object_;
  std::string prefix_;
  Mistakes& mistakes_;
  UnknownKeys unknown_;
  std::vector<std::string> seen_;
};

class QueryReader final : public Fields {
 public:
  QueryReader(const QueryPairs& query, Mistakes& mistakes) : query_(query), mistakes_(mistakes) {}

 protected:
  void visit(const FieldInfo& info, FieldRef field) override {
    const auto found = std::ranges::find(query_, std::string_view(info.name), &QueryPairs::value_type::first);
    if (found == query_.end() || (info.required && found->second.empty())) {
      if (info.required) mistakes_.missing.push_back("'" + std::string(info.name) + "'");
      return;
    }
    read(found->second, info.name, field);
  }

 private:
  template <class N>
  void read_number(const std::string& text, const char* name, N& into, const char* wanted) {
    N number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
      mistakes_.bad.push_back(std::string("'") + name + "' must be " + wanted);
      return;
    }
    into = number;
  }

  void read_bool(const std::string& text, const char* name, bool& into) {
    if (text == "1" || text == "true") into = true;
    else if (text == "0" || text == "false") into = false;
    else mistakes_.bad.push_back(std::string("'") + name + "' must be true or false");
  }

  void read(const std::string& text, const char* name, FieldRef field) {
    std::visit(Overload{[&](std::string* p) { *p = text; },
                        [&](std::int64_t* p) { read_number(text, name, *p, "a whole number"); },
                        [&](bool* p) { read_bool(text, name, *p); },
                        [&](double* p) { read_number(text, name, *p, "a number"); },
                        [&](EpochSeconds* p) { read_number(text, name, p->value, "a number"); },
                        [&](RawJson* p) { p->text = text; },
                        [&](std::vector<std::string>* p) { *p = split(text, ','); },
                        [&](std::optional<std::vector<std::string>>* p) { *p = split(text, ','); },
                        [&](std::optional<std::string>* p) { *p = text; },
                        [&](std::optional<std::int64_t>* p) { read_number(text, name, p->emplace(), "a whole number"); },
                        [&](std::optional<bool>* p) { read_bool(text, name, p->emplace()); },
                        [&](ObjectRef) {}, [&](ListRef) {}},
               field);
  }

  const QueryPairs& query_;
  Mistakes& mistakes_;
};

/// Straight into text, in the order of the description; raw JSON goes through as it is.
class TextWriter final : public Fields {
 public:
  explicit TextWriter(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

 protected:
  void visit(const FieldInfo& info, FieldRef field) override {
    std::visit(Overload{[&](std::optional<std::string>* p) { if (*p) write(info, **p); },
                        [&](std::optional<std::int64_t>* p) {
                          if (*p) write(info, **p);
                          else if (info.required) name(info).append("null");
                        },
                        [&](std::optional<bool>* p) { if (*p) write(info, **p); },
                        [&](std::optional<std::vector<std::string>>* p) { if (*p) write(info, **p); },
                        [&](auto* p) { write(info, *p); },
                        [&](ObjectRef ref) {
                          name(info);
                          write_object(ref);
                        },
                        [&](ListRef ref) { write_list(info, ref); }},
               field);
  }

 private:
  std::string& name(const FieldInfo& info) {
    if (!std::exchange(first_, false)) out_ += ',';
    return out_.append(1, '"').append(info.name).append("\":");
  }
  void write(const FieldInfo& info, const std::string& text) {
    name(info);
    append_json_string(out_, text);
  }
  void write(const FieldInfo& info, std::int64_t number) { name(info) += std::to_string(number); }
  void write(const FieldInfo& info, bool truth) { name(info) += truth ? "true" : "false"; }
  void write(const FieldInfo& info, double number) {
    std::array<char, 32> text;  // NOLINT: written before it is read
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    name(info).append(std::isfinite(number) ? std::string_view(text.data(), end) : "null");
  }
  void write(const FieldInfo& info, EpochSeconds seconds) {
    name(info);
    append_epoch_seconds(out_, std::llround(seconds.value * 1000));
  }
  void write(const FieldInfo& info, const RawJson& raw) { name(info) += raw.text.empty() ? "null" : raw.text; }
  void write(const FieldInfo& info, const std::vector<std::string>& texts) {
    name(info) += '[';
    for (const auto& text : texts) {
      if (&text != &texts.front()) out_ += ',';
      append_json_string(out_, text);
    }
    out_ += ']';
  }
  void write_object(ObjectRef ref) {
    TextWriter inner(out_);
    ref.describe(inner, ref.object);
    inner.end();
  }
  void write_list(const FieldInfo& info, ListRef ref) {
    name(info) += '[';
    for (std::size_t i = 0; i < ref.size(ref.list); ++i) {
      if (i > 0) out_ += ',';
      write_object(ref.at(ref.list, i));
    }
    out_ += ']';
  }

  std::string& out_;
  bool first_ = true;
};

class SchemaWriter final : public Fields {
 public:
  explicit SchemaWriter(ordered_json& out) : out_(out) {
    out_["type"] = "object";
    out_["properties"] = ordered_json::object();
  }

 protected:
  void visit(const FieldInfo& info, FieldRef field) override {
    ordered_json property = std::visit(
        Overload{[](std::string*) { return ordered_json{{"type", "string"}}; },
                 [](std::int64_t*) { return ordered_json{{"type", "integer"}}; },
                 [](bool*) { return ordered_json{{"type", "boolean"}}; },
                 [](double*) { return ordered_json{{"type", "number"}}; },
                 [](EpochSeconds*) { return ordered_json{{"type", "number"}}; },
                 [](RawJson*) { return ordered_json::object(); },
                 [](std::vector<std::string>*) { return ordered_json{{"type", "array"}, {"items", {{"type", "string"}}}}; },
                 [](std::optional<std::string>*) { return ordered_json{{"type", "string"}}; },
                 [](std::optional<std::vector<std::string>>*) { return ordered_json{{"type", "array"}, {"items", {{"type", "string"}}}}; },
                 [](std::optional<std::int64_t>*) { return ordered_json{{"type", {"integer", "null"}}}; },
                 [](std::optional<bool>*) { return ordered_json{{"type", "boolean"}}; },
                 [](ObjectRef ref) {
                   ordered_json inner;
                   SchemaWriter writer(inner);
                   ref.describe(writer, ref.object);
                   return inner;
                 },
                 [](ListRef ref) {
                   ordered_json inner;
                   SchemaWriter writer(inner);
                   ref.describe_one(writer);
                   return ordered_json{{"type", "array"}, {"items", std::move(inner)}};
                 }},
        field);
    property["description"] = info.doc;
    out_["properties"][info.name] = std::move(property);
    if (info.required) out_["required"].push_back(info.name);
  }

 private:
  ordered_json& out_;
};

bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      else if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  // nlohmann takes a NUL byte as the end of the text, so it is refused first.
  if (text.find('\0') != std::string_view::npos) return fail(Code::not_json, "The text holds a NUL byte");
  if (too_deep(text)) return fail(Code::not_json, "The JSON is nested deeper than 64 levels");
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    return fail(Code::not_json, "Not JSON: the text goes wrong at byte " + std::to_string(error.byte));
  } catch (const json::exception&) {
    return fail(Code::not_json, "Not JSON: a number in the text is out of range");
  }
}

Result<json> parse_json_object(std::string_view text) {
  auto parsed = parse_json(text);
  if (parsed && !parsed->is_object()) return fail(Code::not_json, "A JSON object is expected here");
  return parsed;
}

std::string dump_json(const ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

void write_schema(SchemaFn describe, ordered_json& out) {
  SchemaWriter writer(out);
  describe(writer);
}

namespace detail {

Result<void> read_json(const json& value, ObjectRef into, UnknownKeys unknown) {
  if (!value.is_object()) return fail(Code::not_json, "A JSON object is expected here");
  Mistakes mistakes;
  JsonReader reader(value, "", mistakes, unknown);
  into.describe(reader, into.object);
  reader.finish();
  return mistakes.verdict();
}

Result<void> read_text(std::string_view text, ObjectRef into) {
  const auto parsed = parse_json_object(text);
  if (!parsed) return std::unexpected(parsed.error());
  return read_json(*parsed, into, UnknownKeys::ignored);
}

Result<void> read_query(const QueryPairs& query, ObjectRef into) {
  Mistakes mistakes;
  QueryReader reader(query, mistakes);
  into.describe(reader, into.object);
  return mistakes.verdict();
}

void write_json(ObjectRef from, ordered_json& out) {
  if (!out.is_object()) out = ordered_json::object();
  const auto members = ordered_json::parse(object_text(from, -1), nullptr, false);
  for (const auto& [name, value] : members.items()) out[name] = value;
}

std::string object_text(ObjectRef from, int indent) {
  std::string out;
  TextWriter writer(out);
  from.describe(writer, from.object);
  writer.end();
  return indent < 0 ? out : dump_json(ordered_json::parse(out, nullptr, false), indent);
}

}  // namespace detail
}  // namespace bpyd
