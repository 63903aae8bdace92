// SPDX-License-Identifier: MIT
// Mutations of scripts by their lines: what a writer's slip, a bad merge or half a save leaves behind.
// Linked into the fuzzer of Ren'Py scripts; half of all mutations stay libFuzzer's own, on bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(std::string_view text) {
  Lines out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

const std::string& some(const Lines& lines, std::mt19937& random) { return lines[random() % lines.size()]; }

/// A label that the script has.
std::string label_of(const Lines& lines, std::mt19937& random) {
  for (int tries = 0; tries < 20; ++tries) {
    const auto& line = some(lines, random);
    const auto at = line.find("label ");
    if (at != std::string::npos) return line.substr(at + 6, line.find_first_of(":( ", at + 6) - at - 6);
  }
  return "start";
}

std::string statement(const Lines& lines, std::mt19937& random) {
  static const Lines kStatements = {"jump L",
                                    "call L",
                                    "call L from _f",
                                    "call expression L",
                                    "label L:",
                                    "label .l:",
                                    "menu:",
                                    "menu L:",
                                    "\"choice\":",
                                    "\"choice\" if x:",
                                    "if x > 3:",
                                    "elif y:",
                                    "else:",
                                    "while x:",
                                    "pass",
                                    "return",
                                    "return x",
                                    "$ x += 1",
                                    "$ x = \"L\"",
                                    "$ renpy.jump(\"L\")",
                                    "python:",
                                    "init python:",
                                    "python early:",
                                    "screen s():",
                                    "call screen s",
                                    "textbutton \"t\" action Jump(\"L\")",
                                    "translate french L_12345678:",
                                    "translate None strings:",
                                    "old \"a\"",
                                    "new \"b\"",
                                    "\"\"\"",
                                    "e \"what\" (x=1) with dissolve",
                                    "default x = 0",
                                    "define e = Character(\"E\")",
                                    "init offset = 3",
                                    "image a b:",
                                    "show a b at t with f",
                                    "scene expression x",
                                    "nvl clear",
                                    "play music \"a\" fadein 1",
                                    "voice \"v\"",
                                    "rpy monologue double",
                                    "testcase t:",
                                    "jump expression x",
                                    "define config.label_overrides = {\"L\": \"start\"}",
                                    "with None",
                                    "hide a",
                                    "window show",
                                    "camera:",
                                    "transform t:",
                                    "style s:",
                                    "one_line \\",
                                    "($",
                                    "\"unclosed",
                                    "#c"};
  auto made = some(kStatements, random);
  if (const auto at = made.find('L'); at != std::string::npos) made.replace(at, 1, label_of(lines, random));
  return made;
}

void change(Lines& lines, std::mt19937& random) {
  if (lines.empty()) lines.emplace_back("label start:");
  auto at = lines.begin() + static_cast<std::ptrdiff_t>(random() % lines.size());
  switch (random() % 10) {
    case 0:
      lines.erase(at);
      break;
    case 1:
      lines.insert(at, std::string(*at));
      break;
    case 2:
      std::swap(*at, lines[random() % lines.size()]);
      break;
    case 3:
      at->insert(0, random() % 2 == 0 ? "    " : " ");
      break;
    case 4:
      at->erase(0, std::min<std::size_t>(at->size(), random() % 2 == 0 ? 4 : 1));
      break;
    case 5:
      at->resize(random() % (at->size() + 1));
      break;
    case 6:
      if (at + 1 != lines.end()) {
        *at += *(at + 1);
        lines.erase(at + 1);
      }
      break;
    case 7: {  // a block from elsewhere
      const auto from = random() % lines.size();
      const Lines block(
          lines.begin() + static_cast<std::ptrdiff_t>(from),
          lines.begin() + static_cast<std::ptrdiff_t>(std::min(lines.size(), from + 1 + random() % 6)));
      lines.insert(at, block.begin(), block.end());
      break;
    }
    default: {
      const auto indent = std::min(at->find_first_not_of(' '), at->size());
      lines.insert(at + static_cast<std::ptrdiff_t>(random() % 2),
                   std::string(indent, ' ') + statement(lines, random));
    }
  }
}

std::size_t put(const Lines& lines, std::uint8_t* data, std::size_t max_size) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  const auto size = std::min(text.size(), max_size);
  std::memcpy(data, text.data(), size);
  return size;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::mt19937 random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  auto lines = lines_of({reinterpret_cast<const char*>(data), size});
  for (auto n = 1 + random() % 5; n > 0; --n) change(lines, random);
  return put(lines, data, max_size);
}

/// Lines of one script, then of another: scripts with half of a merge in them.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size,
                                                 const std::uint8_t* b, std::size_t b_size, std::uint8_t* out,
                                                 std::size_t max_out, unsigned seed) {
  std::mt19937 random(seed);
  auto lines = lines_of({reinterpret_cast<const char*>(a), a_size});
  const auto others = lines_of({reinterpret_cast<const char*>(b), b_size});
  lines.resize(lines.empty() ? 0 : random() % lines.size());
  if (!others.empty())
    lines.insert(lines.end(), others.begin() + static_cast<std::ptrdiff_t>(random() % others.size()),
                 others.end());
  return put(lines, out, max_out);
}
