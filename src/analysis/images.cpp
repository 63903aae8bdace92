// SPDX-License-Identifier: MIT
#include "images.hpp"

#include <array>
#include <cstring>
#include <string>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "words.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

using Takes = ImageFacts::Takes;

/// Displayables that Ren'Py refuses to give attributes to.
constexpr std::string_view kPlain =
    " Image Solid Frame Null Transform At AlphaMask Composite LiveComposite Crop LiveCrop Tile LiveTile "
    "Movie Text "
    "Fixed HBox VBox Grid Animation Flatten ";
/// Those that look at what follows their name, or hand it on.
constexpr std::string_view kParameterized =
    " ParameterizedText DynamicDisplayable DynamicImage ConditionSwitch ShowingSwitch ";

Takes taken_by(std::string_view expression) {
  if (expression.empty() || expression[0] == '"' || expression[0] == '\'')
    return Takes::nothing;  // ATL, a file
  if (expression.starts_with("im.")) return Takes::nothing;
  if (expression.starts_with("renpy.")) expression.remove_prefix(6);
  std::size_t end = 0;
  while (end < expression.size() && in_name(expression[end])) ++end;
  if (expression.substr(end, 1) != "(") return Takes::anything;
  const auto called = " " + std::string(expression.substr(0, end)) + " ";
  if (kPlain.find(called) != std::string_view::npos) return Takes::nothing;
  return kParameterized.find(called) != std::string_view::npos ? Takes::what_follows : Takes::anything;
}

class ImageReader {
 public:
  explicit ImageReader(const ParsedFile& file) : file_(file), text_(*file.source) {}

  ImageFacts run() {
    for (NodeId n = 0; n < file_.nodes.size(); ++n) statement(n);
    code();
    std::uint64_t hash = fnv1a(facts_.unseen ? "unseen" : "");
    for (const auto& image : facts_.images)
      hash = fnv1a(image.name, hash * 31 + static_cast<std::uint64_t>(image.takes));
    facts_.defined = hash;
    return std::move(facts_);
  }

 private:
  void statement(NodeId n) {
    const auto& node = file_.nodes[n];
    if (const auto* shown = std::get_if<ImageNode>(&node.payload)) {
      if (node.kind == Kind::Show || node.kind == Kind::Scene) show(n, *shown);
    } else if (node.kind == Kind::Image) {
      const auto& made = std::get<NamedNode>(node.payload);
      facts_.images.push_back({made.name, taken_by(made.rest)});
    } else if (const auto* user = std::get_if<UserNode>(&node.payload)) {
      if (user->name == "layeredimage")
        facts_.images.push_back({user->rest().substr(0, user->rest().find(':')), Takes::anything});
    }
  }

  void show(NodeId n, const ImageNode& shown) {
    if (shown.name.empty() || !shown.expression.empty()) return;
    if (seen_.insert(shown.name).second) facts_.shown.push_back({shown.name, n});
  }

  /// Settings that bring images in, or names of images that are not those written.
  static bool brings_images(std::string_view name, std::string_view behind) {
    static constexpr std::array<std::string_view, 5> kSettings = {
        "images_directory", "automatic_images", "adjust_attributes", "missing_show", "missing_scene"};
    if (std::ranges::find(kSettings, name) != kSettings.end()) return true;
    return name == "searchpath" &&
           behind.find("font") == std::string_view::npos;  // folders of fonts are no matter
  }

  /// Python, by its words: renpy.image("…"), and what defines images by other means.
  void code() {
    each_found("config.", [&](std::size_t at) {
      auto end = at;
      while (end < text_.size() && in_name(text_[end])) ++end;
      const auto behind = text_.substr(end, std::min(text_.find('\n', end), text_.size()) - end);
      if (brings_images(text_.substr(at, end - at), behind) && !in_comment(at)) facts_.unseen = true;
    });
    each_found("image", [&](std::size_t end) {
      const auto before = text_.substr(0, end - 5);
      const bool dotted = before.ends_with("renpy.display.") && text_.substr(end, 1) == ".";
      const bool registers =
          before.ends_with("register_") || (before.ends_with("copy_") && text_.substr(end, 2) == "s(");
      const bool defines = before.ends_with("renpy.") && (end == text_.size() || !in_name(text_[end]));
      if ((!dotted && !registers && !defines) || in_comment(end)) return;
      if (defines)
        defined_by_code(end);
      else
        facts_.unseen = true;
    });
  }

  /// Calls each(the place behind it) wherever `what` stands.
  template <class F>
  void each_found(std::string_view what, F&& each) {
    const char* const end = text_.data() + text_.size();
    const char* at = text_.data();
    while ((at = static_cast<const char*>(
                ::memmem(at, static_cast<std::size_t>(end - at), what.data(), what.size()))) != nullptr) {
      at += what.size();
      each(static_cast<std::size_t>(at - text_.data()));
    }
  }

  /// Is the line of it nothing but a comment?
  [[nodiscard]] bool in_comment(std::size_t at) const {
    const auto line = text_.rfind('\n', at - 1);
    return text_[text_.find_first_not_of(" \t", line == std::string_view::npos ? 0 : line + 1)] == '#';
  }

  [[nodiscard]] std::size_t past_spaces(std::size_t at) const {
    return std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
  }

  /// What stands behind `renpy.image`: its name as far as it is written there.
  void defined_by_code(std::size_t at) {
    at = past_spaces(at);
    const bool call = text_.substr(at, 1) == "(";
    if (call) at = past_spaces(at + 1);
    const bool tuple = call && text_.substr(at, 1) == "(";
    if (tuple) at = past_spaces(at + 1);
    const bool prefixed = text_.substr(at, 1) == "u";
    if (prefixed) ++at;
    const auto quote = text_.substr(at, 1);
    const auto end = quote == "\"" || quote == "'" ? text_.find(quote[0], at + 1) : std::string_view::npos;
    if (!call || end == std::string_view::npos) {
      facts_.unseen = true;
      return;
    }
    const auto name = text_.substr(at + 1, end - at - 1);
    const auto fixed = name.substr(0, name.find_first_of("%{\\"));
    const auto behind = text_.substr(past_spaces(end + 1), 1);
    if (!tuple && behind == "," && fixed.size() == name.size()) {
      facts_.images.push_back({name, taken_by(text_.substr(past_spaces(past_spaces(end + 1) + 1), 80))});
    } else if (const auto tag = fixed.substr(0, fixed.find(' '));
               tuple ? behind == "," : tag.size() < fixed.size()) {
      facts_.images.push_back({tag, Takes::anything});
    } else {
      facts_.unseen = true;
    }
  }

  const ParsedFile& file_;
  std::string_view text_;
  ImageFacts facts_;
  std::unordered_set<std::string_view> seen_;
};

}  // namespace

ImageFacts images_in(const ParsedFile& file) { return ImageReader(file).run(); }

}  // namespace bpyd::analysis
