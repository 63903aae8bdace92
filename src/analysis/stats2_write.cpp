// SPDX-License-Identifier: MIT
// stats2 as JSON text, and the JSON Schema of it.
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "stats2_fields.hpp"

namespace bpyd::analysis {
namespace {

using nlohmann::ordered_json;

/// Appends JSON with indent 1; a document value of a large story would cost ten times its text.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <class T>
  void required(const char* name, const T& member, const char*) {
    key(name);
    value(member);
  }
  void optional(const char* name, const std::optional<std::string>& member, const char*) {
    if (!member) return;
    key(name);
    value(*member);
  }
  template <class T>
  void optional(const char* name, const T& member, const char* doc) {
    required(name, member, doc);
  }
  template <class W>
  void one_of(const char* name, const std::string& member, const char* doc, const W&) {
    required(name, member, doc);
  }
  template <class T, class C>
  void constant(const char* name, const T&, const C& fixed) {
    key(name);
    if constexpr (std::is_same_v<T, std::string>)
      value(std::string(fixed));
    else
      value(std::int64_t{fixed});
  }

  template <class T>
  void object(const T& from) {
    out_ += '{';
    ++depth_;
    first_ = true;
    describe(*this, const_cast<T&>(from));  // describe() serves reading too
    --depth_;
    if (!first_) line();
    out_ += '}';
    first_ = false;
  }

 private:
  void line() {
    out_ += '\n';
    out_.append(depth_, ' ');
  }
  void key(const char* name) {
    if (!first_) out_ += ',';
    first_ = false;
    line();
    out_.append(1, '"').append(name).append("\": ");
  }
  void value(const std::string& text) {
    out_ += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') continue;
      if (c >= 0x80) {
        // Anything that may not be UTF-8 goes the careful way.
        out_.resize(out_.size() - 1 - (text_size_));
        text_size_ = 0;
        out_ += ordered_json(text).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
        return;
      }
      append(text, plain, i);
      escape(c);
      plain = i + 1;
    }
    append(text, plain, text.size());
    text_size_ = 0;
    out_ += '"';
  }
  void append(const std::string& text, std::size_t from, std::size_t to) {
    out_.append(text, from, to - from);
    text_size_ += to - from;
  }
  void escape(unsigned char c) {
    const auto before = out_.size();
    switch (c) {
      case '"':
        out_ += "\\\"";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\t':
        out_ += "\\t";
        break;
      case '\r':
        out_ += "\\r";
        break;
      default: {
        constexpr std::string_view kHex = "0123456789abcdef";
        out_.append("\\u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
      }
    }
    text_size_ += out_.size() - before;
  }
  void value(std::int64_t number) { out_ += std::to_string(number); }
  void value(bool yes) { out_ += yes ? "true" : "false"; }
  template <class L, class F>
  void each(const L& list, F&& write) {
    out_ += '[';
    ++depth_;
    bool first = true;
    for (const auto& item : list) {
      if (!first) out_ += ',';
      first = false;
      line();
      write(item);
    }
    --depth_;
    if (!first) line();
    out_ += ']';
    first_ = false;
  }
  template <class T>
  void value(const std::vector<T>& list) {
    each(list, [this](const T& item) { value(item); });
  }
  template <class T>
  void value(const Rows<T>& list) {
    each(list, [this](const T& item) { value(item); });
  }
  /// Told one after another; rows beyond the limit stay with who asks for them.
  void value(const PathList& list) {
    std::size_t index = 0, steps = 0;
    each(list, [&](const PathHead&) {
      auto path = list.tell(index++);
      steps += path.steps.size();
      if (steps > kMostSteps) path.steps.clear();
      value(path);
    });
  }
  template <class T>
    requires requires(Writer& w, T& t) { describe(w, t); }
  void value(const T& from) {
    object(from);
  }

  static constexpr std::size_t kMostSteps = 100000;  // in the paths of one file

  std::string& out_;
  std::size_t depth_ = 0;
  std::size_t text_size_ = 0;  // bytes of the string being written that are already out
  bool first_ = true;
};

/// The schema of one object.
class SchemaWriter {
 public:
  explicit SchemaWriter(ordered_json& out) : out_(out) {
    out_["type"] = "object";
    out_["required"] = ordered_json::array();
    out_["properties"] = ordered_json::object();
  }
  ~SchemaWriter() {
    if (out_["required"].empty()) out_.erase("required");
  }
  SchemaWriter(const SchemaWriter&) = delete;
  SchemaWriter& operator=(const SchemaWriter&) = delete;

  template <class T>
  void required(const char* name, T& member, const char* doc) {
    out_["required"].push_back(name);
    optional(name, member, doc);
  }
  template <class T>
  void optional(const char* name, T& member, const char* doc) {
    auto property = type_of(member);
    property["description"] = doc;
    out_["properties"][name] = std::move(property);
  }
  template <class W>
  void one_of(const char* name, std::string&, const char* doc, const W& words) {
    out_["required"].push_back(name);
    out_["properties"][name] = {{"enum", words}, {"description", doc}};
  }
  template <class T, class C>
  void constant(const char* name, T&, const C& fixed) {
    out_["required"].push_back(name);
    out_["properties"][name] = {{"const", fixed}};
  }

 private:
  static ordered_json type_of(const std::string&) { return {{"type", "string"}}; }
  static ordered_json type_of(const std::optional<std::string>&) { return {{"type", "string"}}; }
  static ordered_json type_of(std::int64_t) {
    return {{"type", "integer"}, {"minimum", 0}, {"maximum", std::int64_t{1} << 40}};
  }
  static ordered_json type_of(bool) { return {{"type", "boolean"}}; }
  template <class T>
  static ordered_json type_of(const std::vector<T>&) {
    T blank{};
    return {{"type", "array"}, {"items", type_of(blank)}};
  }
  template <class T>
  static ordered_json type_of(const Rows<T>&) {
    return type_of(std::vector<T>{});
  }
  static ordered_json type_of(const PathList&) { return type_of(std::vector<Path>{}); }
  template <class T>
    requires requires(SchemaWriter& w, T& t) { describe(w, t); }
  static ordered_json type_of(const T&) {
    ordered_json made;
    T blank{};
    {
      SchemaWriter writer(made);
      describe(writer, blank);
    }
    return made;
  }

  ordered_json& out_;
};

}  // namespace

std::string stats2_to_json(const Stats2& stats) {
  std::string out;
  Writer(out).object(stats);
  out += '\n';
  return out;
}

std::string stats2_schema() {
  ordered_json schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "https://branchpy.dev/schemas/stats2.schema.json"},
      {"title", "stats2"},
      {"description",
       "What an analyzer says about a Ren'Py story. bpyd writes every member; from another analyzer "
       "only the required ones are demanded. Members that are not named here are ignored."}};
  ordered_json body;
  Stats2 blank;
  {
    SchemaWriter writer(body);
    describe(writer, blank);
  }
  for (auto& [name, part] : body.items()) schema[name] = std::move(part);
  return schema.dump(2) + "\n";
}

}  // namespace bpyd::analysis
