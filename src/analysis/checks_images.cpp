// SPDX-License-Identifier: MIT
// Ren'Py takes the image whose tag is shown and which has all the attributes that are asked for; others
// of its attributes may be showing already. Pictures below game/images define themselves.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "image_check.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

constexpr std::array<std::string_view, 3> kBuiltIn = {"black", "text", "vtext"};  // renpy/common
/// Pictures, and films, which newer versions show too.
constexpr std::string_view kPictures = " png jpg jpeg webp avif svg webm mp4 mkv ogv ";
constexpr std::string_view kFolder = "game/images/";

/// Letters as Python's lower() has them, of the alphabets that files are named in.
std::string lowercase(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0xC0 || lead > 0xDF || i + 1 == text.size()) {
      out += lead >= 'A' && lead <= 'Z' ? static_cast<char>(lead + 32) : text[i];
      continue;
    }
    unsigned c = (lead & 0x1FU) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU);
    const auto within = [&c](unsigned from, unsigned to) { return c >= from && c <= to; };
    if ((within(0xC0, 0xDE) && c != 0xD7) || (within(0x391, 0x3AB) && c != 0x3A2) || within(0x410, 0x42F))
      c += 32;
    else if (within(0x400, 0x40F))
      c += 80;
    else if (within(0x100, 0x137) || within(0x14A, 0x177) || within(0x460, 0x481) || within(0x490, 0x4BF))
      c |= 1U;
    else if (within(0x139, 0x148) || within(0x179, 0x17E))
      c += c & 1U;
    out += static_cast<char>(0xC0U | c >> 6U);
    out += static_cast<char>(0x80U | (c & 0x3FU));
  }
  return out;
}

bool is_picture(std::string_view file) {
  const auto ending = " " + lowercase(file.substr(std::min(file.rfind('.'), file.size() - 1) + 1)) + " ";
  return kPictures.find(ending) != std::string_view::npos;
}

/// The image that a picture below game/images defines: "images/cg/Eileen Happy@2.png" is `eileen happy`.
std::string image_of(std::string_view file) {
  const auto base = file.substr(file.rfind('/') + 1);
  const auto name = lowercase(base.substr(0, base.rfind('.')));
  return name.substr(0, name.find('@'));
}

std::string plain(std::string_view name) {
  std::string out;
  each_word(name, [&](std::string_view word) { out.append(out.empty() ? "" : " ").append(word); });
  return out;
}

}  // namespace

/// Every image there is, by name, and by tag and attribute.
class ImageCheck::Index {
 public:
  bool silent = false;

  void files(const std::vector<std::string>& resources) {
    bool art = false;
    for (const auto& file : resources) {
      if (!is_picture(file)) {  // an archive, a folder out of sight, a script without its source
        silent = true;
        return;
      }
      art = art || !file.starts_with("game/gui/");
      if (file.starts_with(kFolder)) add(image_of(file), ImageFacts::Takes::nothing);
    }
    silent = !art;  // the pictures are still to come, or kept elsewhere
  }

  void add(std::string_view name, ImageFacts::Takes takes) {
    auto whole = plain(name);
    if (whole.empty()) return;
    auto& tag = tags_[whole.substr(0, whole.find(' '))];
    if (takes == ImageFacts::Takes::anything) tag.open = true;
    if (takes == ImageFacts::Takes::what_follows) tag.heads.push_back(whole);
    std::size_t words = 0;
    each_word(whole, [&](std::string_view word) {
      auto& having = tag.having[std::string(word)];
      if (words++ > 0 && (having.empty() || having.back() != tag.images)) having.push_back(tag.images);
    });
    ++tag.images;
    names_.insert(std::move(whole));
  }

  [[nodiscard]] bool defined(std::string_view shown) const {
    const auto whole = plain(shown);
    const auto end = std::min(whole.find(' '), whole.size());
    const auto name = whole.substr(0, end);
    if (names_.contains(whole) || std::ranges::find(kBuiltIn, name) != kBuiltIn.end()) return true;
    const auto found = tags_.find(name);
    if (found == tags_.end()) return false;
    const auto& tag = found->second;
    if (tag.open ||
        std::ranges::any_of(tag.heads, [&](const auto& head) { return whole.starts_with(head + " "); }))
      return true;
    return tag.some_has(std::string_view(whole).substr(end));
  }

  [[nodiscard]] bool has_tag(const std::string& tag) const { return tags_.contains(tag); }

  /// A name that is defined and spelled alike; empty: there is none.
  [[nodiscard]] std::string like(const std::string& shown) const {
    auto joined = shown;
    std::ranges::replace(joined, ' ', '_');
    if (names_.contains(joined)) return joined;
    const auto known = tags_.find(shown.substr(0, shown.find(' ')));
    std::string made;
    bool guessed = true;
    each_word(shown, [&](std::string_view word) {
      const bool tag = made.empty();
      const bool right =
          known == tags_.end() ? !tag : tag || known->second.having.contains(std::string(word));
      const auto meant = right ? std::string(word)
                         : tag ? nearest_of(word, tags_)
                               : nearest_of(word, known->second.having);
      guessed = guessed && !meant.empty();
      made.append(tag ? "" : " ").append(meant);
    });
    return guessed && defined(made) ? made : std::string();
  }

 private:
  struct Tag {
    bool open = false;
    std::uint32_t images = 0;
    std::vector<std::string> heads;
    std::unordered_map<std::string, std::vector<std::uint32_t>> having;  // images by attribute

    [[nodiscard]] bool some_has(std::string_view attributes) const {
      std::optional<std::vector<std::uint32_t>> left;
      bool none = false;
      each_word(attributes, [&](std::string_view word) {
        if (none || word[0] == '-') return;  // taken away from what shows
        const auto found = having.find(std::string(word));
        if (found == having.end()) {
          none = true;
        } else if (!left) {
          left = found->second;
        } else {
          std::erase_if(
              *left, [&](std::uint32_t image) { return !std::ranges::binary_search(found->second, image); });
        }
      });
      return !none && (!left || !left->empty());
    }
  };

  template <class M>
  static std::string nearest_of(std::string_view word, const M& known) {
    std::vector<std::string> candidates;
    for (const auto& [name, value] : known) candidates.push_back(name);
    if (candidates.size() > 2000) return {};
    std::ranges::sort(candidates);
    return nearest(word, candidates);
  }

  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, Tag> tags_;
};

void ImageCheck::see(std::optional<std::span<const std::string>> resources) {
  if (resources.has_value() == resources_.has_value() &&
      (!resources || std::ranges::equal(*resources, *resources_)))
    return;
  ++seen_;
  resources_.reset();
  if (resources) resources_.emplace(resources->begin(), resources->end());
}

void ImageCheck::index(const StoryBook& book) {
  std::uint64_t now = seen_;
  for (const auto& sheet : book.sheets)
    now = (now ^ sheet->images.defined) * 0x9E3779B97F4A7C15U + (now >> 29U);
  if (index_ && indexed_ == now) return;
  auto made = std::make_shared<Index>();
  made->files(*resources_);
  for (const auto& sheet : book.sheets) made->silent = made->silent || sheet->images.unseen;
  for (const auto& sheet : book.sheets) {
    if (made->silent) break;
    for (const auto& image : sheet->images.images) made->add(image.name, image.takes);
  }
  index_ = std::move(made);
  indexed_ = now;
  missing_.clear();
}

ImageCheck::Missing ImageCheck::missing_of(const std::shared_ptr<const Sheet>& sheet) const {
  Missing out{sheet, {}};
  const auto& all = sheet->images.shown;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (index_->defined(all[i].name)) continue;
    const auto name = plain(all[i].name);
    const auto space = name.find(' ');
    const auto tag = name.substr(0, space);
    const bool known = space != std::string::npos && index_->has_tag(tag);
    const auto near = index_->like(name);
    out.names.push_back({i, name,
                         known ? "No image of " + tag + " is " + name.substr(space + 1) +
                                     ": the game shows an error in its place"
                               : "No image is called " + name + ": the game shows an error in its place",
                         "Add game/images/" + lowercase(name) + ".png or an `image` statement" +
                             (near.empty() ? "" : ", or did you mean " + near + "?")});
  }
  return out;
}

void ImageCheck::run(const StoryBook& book, bool complete, Findings& findings) {
  if (!resources_ || !complete) return;
  index(book);
  if (index_->silent) return;
  std::unordered_map<const Sheet*, Missing> kept;
  std::unordered_set<std::string_view> said;
  for (std::uint32_t f = 0; f < book.sheets.size(); ++f) {
    const auto& sheet = book.sheets[f];
    if (sheet->images.shown.empty()) continue;
    const auto before = missing_.find(sheet.get());
    auto& missing = kept[sheet.get()] =
        before == missing_.end() ? missing_of(sheet) : std::move(before->second);
    for (const auto& one : missing.names) {
      if (!said.insert(one.name).second) continue;
      findings.add(book.story->id(f, sheet->images.shown[one.shown].node), "undefined-image", Severity::warn,
                   one.message, one.suggestion);
    }
  }
  missing_ = std::move(kept);
}

}  // namespace bpyd::analysis
