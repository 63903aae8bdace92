// SPDX-License-Identifier: MIT
// Words that players must not read.
#include <algorithm>

#include "bpyd/core/strings.hpp"
#include "governance_run.hpp"
#include "reading.hpp"

namespace bpyd::analysis {
namespace {

using namespace renpy;

bool within(char32_t c, char32_t from, char32_t to) { return c >= from && c <= to; }

/// Written without spaces: there a word is found wherever it stands.
bool spaceless(char32_t c) {
  return within(c, 0x0E00, 0x0EFF) || within(c, 0x1000, 0x109F) || within(c, 0x1780, 0x17FF) ||
         within(c, 0x3005, 0x3007) || within(c, 0x3040, 0x312F) || within(c, 0x31A0, 0x31FF) ||
         within(c, 0x3400, 0x9FFF) || within(c, 0xF900, 0xFAFF) || within(c, 0xFF66, 0xFF9F) ||
         within(c, 0x20000, 0x3FFFF);
}
bool in_word(char32_t c) {
  if (c < 0x80)
    return within(c, '0', '9') || within(c, 'a', 'z') || within(c, 'A', 'Z') || c == '\'';
  return !(within(c, 0xA0, 0xBF) || within(c, 0x2000, 0x206F) || within(c, 0x2190, 0x2BFF) ||
           within(c, 0x3000, 0x3004) || within(c, 0x3008, 0x303F) || within(c, 0xFF00, 0xFF0F) ||
           within(c, 0xFF1A, 0xFF20) || c == 0xFF3B || c == 0xFF3D);
}

/// Small letters of Latin, Greek and Cyrillic.
char32_t small(char32_t c) {
  if (within(c, 'A', 'Z') || (within(c, 0xC0, 0xDE) && c != 0xD7) ||
      (within(c, 0x391, 0x3A9) && c != 0x3A2) || within(c, 0x410, 0x42F))
    return c + 32;
  if (within(c, 0x400, 0x40F)) return c + 80;
  if (c == 0x2019) return '\'';
  if (c == 0x386) return 0x3AC;
  if (within(c, 0x388, 0x38A)) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (within(c, 0x38E, 0x38F)) return c + 63;
  if (c == 0x3C2) return 0x3C3;  // sigma at a word's end
  if (c == 0x1AF) return 0x1B0;
  if (c == 0x178) return 0xFF;
  const bool odd_is_capital = within(c, 0x139, 0x148) || within(c, 0x179, 0x17E);
  const bool paired = odd_is_capital || within(c, 0x100, 0x137) || within(c, 0x14A, 0x177) ||
                      within(c, 0x1A0, 0x1A5) || within(c, 0x1DE, 0x1EF) || within(c, 0x1F8, 0x233) ||
                      within(c, 0x1E00, 0x1E95) || within(c, 0x1EA0, 0x1EFF) ||
                      within(c, 0x460, 0x481) || within(c, 0x48A, 0x4BF) || within(c, 0x4D0, 0x52F);
  return paired && c != 0x130 && (c % 2 != 0) == odd_is_capital ? c + 1 : c;
}

void put(char32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80U | (c >> shift & 0x3FU)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0U | c >> 6U);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0U | c >> 12U);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | c >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

/// The character at `i`, which goes on behind it. Anything but UTF-8 is read as Latin-1.
char32_t next(std::string_view text, std::size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i++]);
  const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (more == 0 || i + more > text.size()) return lead;
  char32_t c = lead & (0x3FU >> more);
  for (std::size_t n = 0; n < more; ++n) c = c << 6U | (static_cast<unsigned char>(text[i + n]) & 0x3FU);
  i += more;
  return c;
}

/// Words in small letters; characters of scripts without spaces are one each. In a pattern `*` is a letter.
std::vector<std::string> words_in(std::string_view text, bool pattern) {
  std::vector<std::string> out;
  bool inside = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = next(text, i);
    if (spaceless(c)) {
      put(c, out.emplace_back());
      inside = false;
    } else if (c == 0xAD) {
      continue;  // a place to break a line
    } else if (in_word(c) || (c == 0x2019 && inside) || (pattern && c == '*')) {
      if (!inside) out.emplace_back();
      put(small(c), out.back());
      inside = true;
    } else {
      inside = false;
    }
  }
  for (auto& word : out) {  // quotes around a word are none of its letters
    while (word.size() > 1 && word.front() == '\'') word.erase(0, 1);
    while (word.size() > 1 && word.back() == '\'') word.pop_back();
  }
  return out;
}

/// What is read of a text: no tags, no interpolations.
std::string as_read(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto end = end_of_tag(text, i); end != std::string_view::npos) {
      i = end;
    } else if (text[i] == '[' && i + 1 < text.size() && text[i + 1] != '[') {
      const auto close = text.find(']', i);
      if (close == std::string_view::npos) break;
      i = close;
      out += ' ';
    } else {
      if ((text[i] == '[' || text[i] == '{') && i + 1 < text.size() && text[i + 1] == text[i]) ++i;
      out += text[i];
    }
  }
  return out;
}

class Forbidden {
 public:
  Forbidden(const std::vector<std::string>& words, Allowance& time) : time_(time) {
    for (const auto& word : words) {
      auto parts = words_in(word, true);
      if (parts.empty()) continue;
      const auto index = phrases_.size();
      if (parts[0].contains('*'))
        patterns_.push_back(index);
      else
        exact_[parts[0]].push_back(index);
      phrases_.push_back({word, std::move(parts)});
    }
  }

  /// Calls found(phrase as it was written) for each that occurs, once.
  template <class F>
  void look(std::string_view text, F&& found) {
    const auto words = words_in(text, false);
    std::set<std::size_t> told;
    for (std::size_t at = 0; at < words.size(); ++at) {
      for (const auto index : beginning(words[at])) {
        const auto& parts = phrases_[index].parts;
        time_.spend(10);
        bool all = at + parts.size() <= words.size();
        for (std::size_t n = 1; all && n < parts.size(); ++n) all = fits(parts[n], words[at + n]);
        if (all && told.insert(index).second) found(phrases_[index].written);
      }
    }
  }

 private:
  struct Phrase {
    std::string written;
    std::vector<std::string> parts;
  };
  /// Phrases whose first word fits; looked for once for each word of the story.
  const std::vector<std::size_t>& beginning(const std::string& word) {
    const auto [known, fresh] = known_.try_emplace(word);
    if (!fresh) return known->second;
    if (const auto found = exact_.find(word); found != exact_.end()) known->second = found->second;
    for (const auto index : patterns_) {
      time_.spend(1 + phrases_[index].parts[0].size() * word.size());
      if (fits(phrases_[index].parts[0], word)) known->second.push_back(index);
    }
    return known->second;
  }

  Allowance& time_;
  std::vector<Phrase> phrases_;
  std::unordered_map<std::string, std::vector<std::size_t>> exact_, known_;
  std::vector<std::size_t> patterns_;
};

/// All that players read in a file: each(text, line).
template <class F>
void each_text(const ParsedFile& file, F&& each) {
  NodeId skip_to = 0;  // translations are other texts
  for (NodeId n = 0; n < file.nodes.size(); ++n) {
    const auto& node = file.nodes[n];
    if (node.kind == Kind::Translate) skip_to = std::max(skip_to, node.end);
    if (n < skip_to) continue;
    if (const auto* say = std::get_if<SayNode>(&node.payload)) each(say->what, node.line);
    if (const auto* menu = std::get_if<MenuNode>(&node.payload)) {
      for (const auto& item : menu->items) each(item.text, item.line);
    }
  }
}

}  // namespace

void rule_words(GovernanceRun& run, const GovernanceRule& rule) {
  if (!run.stats.book) return run.skip(rule, "the report was read from a file: what is said is not in it");
  Forbidden forbidden(rule.words, run.time);
  for (const auto& part : run.stats.book->story->parts) {
    const auto& file = *part->file;
    each_text(file, [&](std::string_view text, std::int64_t line) {
      if (run.stop.stop_requested()) return;
      const auto read = as_read(text);
      forbidden.look(read, [&](const std::string& word) {
        if (!run.in_scope(rule, file.file, line)) return;
        run.add(rule, {file.file, line, run.label_at(file.file, line), word + "\n" + read,
                       "\"" + shortened(word, kMostShown) + "\" is a word that players must not read",
                       "Say it in other words"});
      });
    });
  }
}

}  // namespace bpyd::analysis
