// SPDX-License-Identifier: MIT
// Overlays, and the file behind them.
#include "settings.hpp"

#include <nlohmann/json.hpp>

#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::watch {
namespace {

constexpr std::int64_t kLongestSettle = 60'000;
constexpr std::size_t kMostLines = 1000;
constexpr std::size_t kFileLimit = 4u << 20;

struct SavedOverride : Override {
  std::string root;
  static void describe(auto& fields, auto& self) {
    fields.required("root", self.root, "canonical folder; empty: all projects");
    Override::describe(fields, self);
  }
};
struct SavedSettings {
  std::vector<SavedOverride> watch;
  static void describe(auto& fields, auto& self) { fields.required("watch", self.watch, "what was set"); }
};

void lay(const Override& over, daemon::WatchConfig& config) {
  if (over.enabled) config.enabled = *over.enabled;
  if (over.polling) config.polling = *over.polling;
  if (over.settle_ms) config.settle_ms = *over.settle_ms;
  if (over.ignore) config.ignore = *over.ignore;
  if (over.reports) config.reports = *over.reports;
}

Result<void> check(const Override& values) {
  if (values.settle_ms && (*values.settle_ms < 0 || *values.settle_ms > kLongestSettle)) {
    return fail(Code::bad_value, "'settle_ms' must be 0 to 60000", "5 is the default; 0 tells each save at once");
  }
  for (const auto& report : values.reports.value_or(std::vector<std::string>())) {
    if (report != "analyze") return fail(Code::bad_value, "There is no report '" + printable_utf8(report.substr(0, 80)) + "'", "Reports: analyze");
  }
  if (!values.ignore) return {};
  if (values.ignore->size() > kMostLines) return fail(Code::bad_value, "'ignore' has more than 1000 lines");
  return io::check_ignores(*values.ignore);
}

}  // namespace

Settings::Settings(daemon::Services& services) : services_(services) {
  const auto file = services.identity.profile_dir / "watch.json";
  file_ = std::make_shared<io::StateFile>(services.loop, services.workers, file, 0600, [](const Error& error) {
    log::write(log::Level::warn, "watch", "watch.unsaved", error.message, {{"code", code_text(error.code)}});
  });
  load(file);
}

void Settings::load(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return;
  const auto text = io::read_file(file, kFileLimit);
  auto saved = text ? from_json_text<SavedSettings>(*text) : Result<SavedSettings>(std::unexpected(text.error()));
  if (!saved) {
    auto aside = file;
    std::filesystem::rename(file, aside += ".bad", ignored);
    log::write(log::Level::warn, "watch", "watch.set_aside", saved.error().message, {{"file", aside.string()}});
    return;
  }
  for (auto& one : saved->watch) {
    if (check(one)) by_root_[one.root] = one;
  }
}

void Settings::save() {
  SavedSettings saved;
  for (const auto& [root, over] : by_root_) {
    auto& one = saved.watch.emplace_back();
    static_cast<Override&>(one) = over;
    one.root = root;
  }
  file_->write([saved = std::move(saved)] { return to_json_text(saved, 1) + "\n"; });
}

daemon::WatchConfig Settings::in_force() const {
  auto config = services_.config.watch;
  if (const auto all = by_root_.find(""); all != by_root_.end()) lay(all->second, config);
  return config;
}

daemon::WatchConfig Settings::in_force(const std::filesystem::path& root) const {
  auto config = services_.config_for(root).watch;
  if (const auto all = by_root_.find(""); all != by_root_.end()) lay(all->second, config);
  if (const auto own = by_root_.find(root.string()); own != by_root_.end()) lay(own->second, config);
  return config;
}

Result<void> Settings::set(const std::string& root, const Override& values, bool reset) {
  if (auto ok = check(values); !ok) return ok;
  Override& over = by_root_[root];
  if (reset) over = {};
  if (values.enabled) over.enabled = values.enabled;
  if (values.polling) over.polling = values.polling;
  if (values.settle_ms) over.settle_ms = values.settle_ms;
  if (values.ignore) over.ignore = values.ignore;
  if (values.reports) over.reports = values.reports;
  const bool nothing = !over.enabled && !over.polling && !over.settle_ms && !over.ignore && !over.reports;
  if (nothing) by_root_.erase(root);
  save();
  return {};
}

}  // namespace bpyd::watch
