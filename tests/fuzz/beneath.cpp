// SPDX-License-Identifier: MIT
// Paths and links of a hostile project, in a small tree of its own: whatever they are, nothing outside of the
// project is opened or read. Lines: "L name target" makes a link in game/, "B name target" one in .branchpy/,
// "D" puts a link in the place of .branchpy, "R path" reads below the root, "P path" registers a project.
// "~" stands for the folder that holds the tree and what lies outside of it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "../support/temp_dir.hpp"
#include "beneath.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/project_config.hpp"
#include "bpyd/daemon/projects.hpp"
#include "bpyd/daemon/rules_file.hpp"
#include "bpyd/io/source_tree.hpp"
#include "crawl.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSecret = "outside-7431";
constexpr std::size_t kMostLines = 32;

class Tree {
 public:
  Tree() : base_(folder_.path()), root_(base_ / "project") {
    test::write_file(base_ / "outside" / "secret.rpy", "label secret:\n    \"" + std::string(kSecret) + "\"\n");
    test::write_file(base_ / "outside" / "governance.json", rules());
    test::write_file(base_ / "outside" / "config.json", R"({"host":"outside-7431"})");
    fs::create_directories(base_ / "outside" / "game");
    make();
  }

  /// Anew where an input has left something.
  void clean() {
    if (!touched_) return;
    fs::remove_all(root_);
    make();
  }

  [[nodiscard]] std::string full(std::string_view path) const {
    std::string text(path.substr(0, 300));
    for (auto at = text.find('~'); at != std::string::npos; at = text.find('~', at + base_.string().size())) text.replace(at, 1, base_.string());
    return text.substr(0, text.find('\0'));
  }

  void link(const fs::path& folder, std::string name, const std::string& target) {
    name = name.substr(0, name.find('\0')).substr(0, 60);
    if (name.empty() || name == "." || name == ".." || name.contains('/') || target.empty()) return;
    if (fs::is_symlink(root_ / folder)) return;  // it would be made outside
    touched_ = true;
    (void)::symlink(target.c_str(), (root_ / folder / name).c_str());
  }
  void link_settings() {
    touched_ = true;
    fs::remove_all(root_ / ".branchpy");
    fs::create_directory_symlink(base_ / "outside", root_ / ".branchpy");
  }

  [[nodiscard]] const fs::path& root() const { return root_; }
  [[nodiscard]] bool holds(const fs::path& real) const { return real == root_ || real.string().starts_with(root_.string() + "/"); }
  /// Nobody has written there.
  [[nodiscard]] bool outside_untouched() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(base_ / "outside")) count += entry.path().empty() ? 0 : 1;
    return count == 4 && test::slurp(base_ / "outside" / "governance.json") == rules();
  }

 private:
  static std::string rules() { return R"({"version":1,"rules":[{"id":"outside-7431","check":"unreachable-labels","severity":"error"}]})"; }
  void make() {
    test::write_file(root_ / "game" / "script.rpy", "label start:\n    return\n");
    test::write_file(root_ / "game" / "sub" / "inner.rpy", "label inner:\n    return\n");
    fs::create_directories(root_ / "game" / "images" / "deep");
    fs::create_directory(root_ / ".branchpy");
    ::mkfifo((root_ / "game" / "pipe.rpy").c_str(), 0600);
    touched_ = false;
  }

  test::TempDir folder_;
  fs::path base_, root_;
  bool touched_ = false;
};

/// What was opened, and what two others say the path leads to.
void read_below(const Tree& tree, const io::ProjectRoot& root, const std::string& path) {
  if (const auto fd = root.open_beneath(path, 0)) {
    demand(*fd && (::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC) != 0);
    std::error_code error;
    const auto real = fs::read_symlink("/proc/self/fd/" + std::to_string(fd->get()), error);
    demand(!error && tree.holds(real));
    if (!path.empty()) demand(fs::canonical(tree.root() / path, error) == real);
  }
  const io::Descriptor top(::open(tree.root().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto kernel = io::open_beneath(top.get(), path.substr(0, path.find('\0')), O_PATH);
  const int number = kernel ? 0 : errno;
  const auto steps = io::open_beneath_by_steps(top.get(), path.substr(0, path.find('\0')), O_PATH);
  demand((steps ? 0 : errno) == number);
  const auto text = root.read(path, 4096);
  demand(!text || !text->contains(kSecret));
}

void add_project(const Tree& tree, const fs::path& path) {
  static runtime::Loop loop;
  daemon::Projects projects(loop);
  (void)projects.find(path.string());
  const auto added = projects.add(path, "");
  if (!added) return;
  std::error_code error;
  const auto& project = **added;
  demand(path.is_absolute() && fs::canonical(path, error) == project.root && fs::is_directory(project.root / "game"));
  demand(daemon::is_alias(project.alias) && projects.find(project.alias).has_value() && projects.find(project.root.string()).has_value());
  const auto other = tree.root() / "game";
  demand(projects.find(other.string()).has_value() == (other == project.root));
  demand(projects.add(project.root, "").value() == *added);
}

void walk(const Tree& tree) {
  io::SourceTree source(io::ProjectRoot::open(tree.root()).value());
  if (const auto files = source.scan({})) {
    for (const auto& file : *files) demand(!file.text || !file.text->contains(kSecret));
  }
  const auto ignore = std::make_shared<const io::IgnoreRules>(io::IgnoreRules::only({}));
  const auto found = io::crawl({tree.root(), ignore, -1, {""}, true}, 2000, {});
  for (const auto& folder : found.folders) {
    if (folder.error != 0) continue;
    std::error_code error;
    demand(tree.holds(fs::canonical(tree.root() / folder.path, error)) && !error);
    for (const auto& file : folder.files) demand(tree.holds(fs::canonical(tree.root() / folder.path / file.name, error)));
  }
}

void settings(const Tree& tree) {
  const auto rules = daemon::read_rules(tree.root());
  demand(!rules || !*rules || !(*rules)->document.contains(kSecret));
  const auto config = daemon::read_project_config(tree.root());
  demand(!config || !config->values->dump().contains(kSecret));
  (void)daemon::write_rules(tree.root(), "{}");
  demand(tree.outside_untouched());
  if (!fs::is_symlink(tree.root() / ".branchpy")) fs::remove(tree.root() / daemon::kRulesFile);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Tree tree;
  tree.clean();
  const auto root = io::ProjectRoot::open(tree.root()).value();
  auto text = fuzz::text_of(data, size);
  for (std::size_t count = 0; !text.empty() && count < kMostLines; ++count) {
    const auto line = fuzz::take_line(text);
    const auto rest = line.substr(std::min<std::size_t>(2, line.size()));
    const auto space = std::min(rest.find(' '), rest.size());
    const auto target = tree.full(rest.substr(std::min(space + 1, rest.size())));
    if (line.starts_with("L ")) tree.link("game", std::string(rest.substr(0, space)), target);
    else if (line.starts_with("B ")) tree.link(".branchpy", std::string(rest.substr(0, space)), target);
    else if (line == "D") tree.link_settings();
    else if (line.starts_with("R ")) read_below(tree, root, tree.full(rest));
    else if (line.starts_with("P ")) add_project(tree, tree.full(rest));
  }
  walk(tree);
  settings(tree);
  return 0;
}
