// SPDX-License-Identifier: MIT
// Files to parsed files (kept by content), parsed files to a story, the story to stats2.
#include "bpyd/analysis/analyzer.hpp"

#include "book.hpp"
#include "bpyd/renpy/story.hpp"
#include "report.hpp"
#include "scripts.hpp"

namespace bpyd::analysis {

namespace {

/// A number that differs when files name variables in other ways than before, beside assigning them.
std::uint64_t uses_of(const Variables& variables, const Names& names) {
  std::uint64_t hash = variables.size();
  for (VariableId id = 0; id < variables.size(); ++id) {
    const auto& name = variables.name(id);
    const auto dot = name.rfind('.');
    const auto found = names.find(std::string_view(name).substr(dot == std::string::npos ? 0 : dot + 1));
    if (found == names.end()) continue;
    const auto& use = found->second;
    hash = (hash ^ (use.set + (use.quoted > 0 ? 1U << 31U : 0U) + (std::uint64_t{use.defined} << 32U))) *
               0x9E3779B97F4A7C15U +
           (hash >> 29U);
  }
  return hash;
}

}  // namespace

struct Analyzer::Impl {
  Scripts scripts;
  renpy::Linker linker;
  Reporter reporter;
  std::shared_ptr<const Plan> plan;
  std::vector<std::uint64_t> shapes;  // of the sheets the plan was made from
};

Analyzer::Analyzer() : impl_(std::make_unique<Impl>()) {}
Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;

std::size_t Analyzer::parsed_last_time() const { return impl_->scripts.parsed_last_time(); }

Stats2 Analyzer::analyze(std::span<const SourceFile> files,
                         std::optional<std::span<const std::string>> resources) {
  impl_->reporter.images().see(resources);
  auto parsed = impl_->scripts.parse(files);
  auto book = std::make_shared<StoryBook>();
  std::vector<std::shared_ptr<const renpy::Part>> parts;
  std::vector<std::uint64_t> shapes;
  for (const auto& sheet : parsed.sheets) {
    parts.push_back(sheet->part);
    shapes.push_back(sheet->shape);
  }
  book->story = impl_->linker.link(std::move(parts));
  book->sheets = std::move(parsed.sheets);
  book->variables = impl_->scripts.variables();
  shapes.push_back(uses_of(*book->variables, impl_->scripts.names()));
  // Most saves change words only: then the story goes where it went before.
  if (!impl_->plan || impl_->shapes != shapes) {
    impl_->plan =
        std::make_shared<const Plan>(book->story, book->sheets, impl_->scripts.names(), *book->variables);
    impl_->shapes = std::move(shapes);
  }
  book->plan = impl_->plan;
  return impl_->reporter.report(book, impl_->scripts.names(), parsed.modules, std::move(parsed.unreadable));
}

}  // namespace bpyd::analysis
