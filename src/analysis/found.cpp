// SPDX-License-Identifier: MIT
#include "found.hpp"

namespace bpyd::analysis {
namespace {

/// Tells routes that were found.
class FoundTeller final : public PathList::Teller {
 public:
  FoundTeller(std::shared_ptr<const StoryBook> book, std::vector<Route> routes, std::vector<Target> targets)
      : book_(std::move(book)), routes_(std::move(routes)), targets_(std::move(targets)) {}
  [[nodiscard]] Path tell(std::size_t index, bool closely) const override {
    auto path = book_->tell(routes_[index], closely);
    if (path.ending_kind == "here" && !targets_.empty()) cut(path, targets_.back());
    return path;
  }

 private:
  /// A path to a line ends there, not where the story next decides.
  void cut(Path& path, const Target& target) const {
    const auto& file = *book_->story->parts[target.file]->file;
    const auto line =
        target.way == kNowhere ? file.nodes[target.node].line : book_->story->option(target.way).line;
    for (auto i = path.steps.size(); i-- > 0;) {
      const auto& step = path.steps[i];
      if (step.file != file.file || step.line > line || step.kind == "end") continue;
      auto end = path.steps.back();
      end.file = file.file;
      end.line = line;
      end.label = step.label;
      path.steps.resize(i + 1);
      path.steps.push_back(std::move(end));
      path.ending = step.label;
      break;
    }
  }

  std::shared_ptr<const StoryBook> book_;
  std::vector<Route> routes_;
  std::vector<Target> targets_;
};

}  // namespace

PathList paths_of(std::shared_ptr<const StoryBook> book, std::vector<Route> routes, std::vector<Target> targets,
                  std::size_t first) {
  auto heads = book->heads(routes);
  for (std::size_t i = 0; i < heads.size(); ++i) heads[i].id = "q" + std::to_string(first + i + 1);
  auto teller = std::make_shared<const FoundTeller>(std::move(book), std::move(routes), std::move(targets));
  return {PathList::share(std::move(heads)), std::move(teller)};
}

Result<void> must_be_ours(const Stats2& stats) {
  if (stats.book) return {};
  return fail(Code::path_not_found, "This story was read by an external analyzer: only its own paths are known",
              "Ask for them by their ids, or use the built-in analyzer");
}

}  // namespace bpyd::analysis
