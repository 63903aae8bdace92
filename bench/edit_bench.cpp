// SPDX-License-Identifier: MIT
// What a save costs the analyzer: CPU of the first report of a project, then of reports after one file
// changed, the story diff included. Prints one line of JSON. scripts/bench-analyze builds and runs it.
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/analysis/diff.hpp"

namespace {

using namespace bpyd::analysis;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::vector<SourceFile> read(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "game")) {
    if (entry.path().extension() != ".rpy") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files.push_back({std::filesystem::relative(entry.path(), root).string(),
                     std::make_shared<const std::string>(text.str()),
                     {}});
  }
  std::ranges::sort(files, {}, &SourceFile::file);
  return files;
}

/// The text with `what` put before the first line that begins with `before`.
std::shared_ptr<const std::string> edited(const std::string& text, const std::string& before,
                                          const std::string& what) {
  auto made = text;
  const auto at = made.find(before);
  made.insert(at == std::string::npos ? made.size() : at, what);
  return std::make_shared<const std::string>(std::move(made));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  auto files = read(argv[1]);
  if (files.empty()) return 1;
  Analyzer analyzer;
  const auto begin = cpu_ms();
  auto report = analyzer.analyze(files);
  const auto cold = cpu_ms() - begin;
  auto& file = files[files.size() / 3];
  const auto original = file.text;
  const auto rounds = [&](const std::string& before, const std::string& what) {
    std::vector<double> times;
    for (int i = 0; i < 21; ++i) {
      file.text = i % 2 == 0 ? edited(*original, before, what) : original;
      const auto start = cpu_ms();
      auto next = analyzer.analyze(files);
      const auto changes = diff(report, next);
      report = std::move(next);
      times.push_back(cpu_ms() - start);
      if (changes.summary.size() > 1000) return -1.0;
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
  };
  const auto words = rounds("    menu:", "    \"One line of dialogue more.\"\n");
  const auto choice =
      rounds("    menu:",
             "    menu:\n        \"One way\":\n            pass\n        \"Another\":\n            pass\n");
  std::printf("{\"cold_ms\": %.1f, \"dialogue_ms\": %.2f, \"choice_ms\": %.2f}\n", cold, words, choice);
}
