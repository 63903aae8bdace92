// SPDX-License-Identifier: MIT
// Files to parsed files (kept by content), parsed files to a story, the story to stats2.
#include "bpyd/analysis/analyzer.hpp"

#include "bpyd/renpy/story.hpp"
#include "report.hpp"
#include "scripts.hpp"

namespace bpyd::analysis {

struct Analyzer::Impl {
  Scripts scripts;
};

Analyzer::Analyzer() : impl_(std::make_unique<Impl>()) {}
Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;

std::size_t Analyzer::parsed_last_time() const { return impl_->scripts.parsed_last_time(); }

Stats2 Analyzer::analyze(std::span<const SourceFile> files) {
  auto parsed = impl_->scripts.parse(files);
  const auto story = renpy::build_story(std::move(parsed.files));
  return report(*story, parsed.names, std::move(parsed.unreadable));
}

}  // namespace bpyd::analysis
