// SPDX-License-Identifier: MIT
#include "out.hpp"

#include <algorithm>

#include "bpyd/analysis/mermaid.hpp"
#include "bpyd/core/strings.hpp"
#include "paths.hpp"

namespace bpyd::pilot {
namespace {

using protocol::Response;
using runtime::Task;

constexpr auto kLongestGame = std::chrono::hours(12);
constexpr std::size_t kLastWords = 2000;

/// One cell. What a spreadsheet would take for a formula gets an apostrophe before it.
std::string cell(std::string_view text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").contains(text.front())) out += '\'';
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string csv_of(const analysis::Stats2& stats) {
  std::string out = "id,key,title,entry,ending,ending_kind,words,seconds,labels,choices\r\n";
  for (std::size_t i = 0; i < stats.paths.size(); ++i) {
    const auto path = stats.paths.tell(i);
    std::vector<std::string> choices;
    for (const auto& choice : path.choices) choices.push_back(choice.text);
    for (const auto& text : {path.id, path.key, path.title, path.entry, path.ending, path.ending_kind}) out += cell(text) + ",";
    out += std::to_string(path.words) + "," + std::to_string(path.seconds) + "," + cell(join(path.labels, " → ")) + "," + cell(join(choices, " → ")) + "\r\n";
  }
  return out;
}

/// A file to keep, not a page to show.
Response file_response(std::string_view type, const std::string& name, std::string body) {
  auto response = protocol::text_response(200, type, std::move(body));
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + name + "\"");
  return response;
}

Result<Response> export_of(const Told& story, const ExportQuery& query, const analysis::StoryMap* map) {
  const auto& stats = story.stats();
  const auto name = story.alias + (query.path.empty() ? "" : "-path") + ".";
  if (query.form == "json") return file_response("application/json", name + "stats2.json", analysis::stats2_to_json(stats));
  if (query.form == "csv") return file_response("text/csv; charset=utf-8", name + "csv", csv_of(stats));
  if (query.form == "dot") return file_response("text/vnd.graphviz; charset=utf-8", name + "dot", analysis::dot_of(stats));
  if (query.form == "svg") return file_response("image/svg+xml", name + "svg", analysis::svg_of(*map, stats.title.empty() ? story.alias : stats.title));
  Result<std::string> text;
  if (query.path.empty()) {
    text = analysis::mermaid_of_story(stats);
  } else {
    const auto path = path_of(story, query.path);
    if (!path) return std::unexpected(path.error());
    text = analysis::mermaid_of(stats, *path);
  }
  if (!text) return std::unexpected(text.error());
  return file_response("text/plain; charset=utf-8", name + "mmd", *std::move(text));
}

std::string last_words(std::string_view said) {
  const auto text = trim(said);
  return printable_utf8(text.substr(text.size() - std::min(text.size(), kLastWords)));
}

std::string uri_of(const std::filesystem::path& file, std::int64_t line) {
  static constexpr std::string_view kPlain = "-._~/";
  std::string out = "vscode://file";
  for (const char c : file.string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kPlain.contains(c);
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (plain) out += c;
    else out.append(1, '%').append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
  }
  return out + ":" + std::to_string(line);
}

/// The configured arguments with the place filled in; what a request brings never becomes an argument of
/// its own.
std::vector<std::string> filled(std::vector<std::string> command, const Project& project, const PlaceBody& place) {
  const auto below = place.file.starts_with("game/") ? place.file.substr(5) : place.file;
  const std::pair<std::string_view, std::string> values[] = {
      {"{root}", project.root.string()}, {"{file}", below}, {"{line}", std::to_string(place.line)}, {"{place}", below + ":" + std::to_string(place.line)}};
  for (auto& argument : command) {
    std::string made;
    for (std::string_view rest = argument; !rest.empty();) {  // once: what was filled in is not looked into
      const auto known = std::ranges::find_if(values, [&](const auto& row) { return rest.starts_with(row.first); });
      // A file's name at the beginning must not read as an option.
      if (known != std::end(values) && made.empty() && known->second.starts_with('-')) made = "./";
      made += known != std::end(values) ? known->second : std::string(1, rest.front());
      rest.remove_prefix(known != std::end(values) ? known->first.size() : 1);
    }
    argument = std::move(made);
  }
  return command;
}

}  // namespace

void Out::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.text("/pilot/export", Scope::read, "text/plain; charset=utf-8, text/vnd.graphviz; charset=utf-8, image/svg+xml, application/json, text/csv; charset=utf-8",
              "The story or a path as a file: Mermaid, DOT, SVG, JSON, CSV", this, &Out::exported);
  binder.route(Method::post, "/pilot/open", Scope::admin, "Show a place in the editor", this, &Out::open);
  binder.route(Method::post, "/pilot/warp", Scope::admin, "Start the game at a line, by the configured command", this, &Out::warp, 202);
  binder.event<EditorOpen>("editor");
  binder.event<WarpEnded>("pilot:{session}");
}

void Out::start(daemon::Services& services, Stories& stories, Maps& maps) {
  services_ = &services;
  stories_ = &stories;
  maps_ = &maps;
}

Task<Result<Response>> Out::exported(ExportQuery query) {
  static constexpr std::string_view kForms[] = {"mermaid", "dot", "svg", "json", "csv"};
  if (std::ranges::find(kForms, query.form) == std::end(kForms)) co_return fail(Code::bad_value, "'form' must be mermaid, dot, svg, json or csv");
  if (!query.path.empty() && query.form != "mermaid") co_return fail(Code::bad_value, "'path' goes with form=mermaid: the other forms are of the whole story");
  auto waiting = stories_->story(query.project, query.at);
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  Maps::MapPtr map;
  if (query.form == "svg") {
    auto drawing = maps_->map_of(*story, analysis::MapLevel::labels);
    map = co_await std::move(drawing);
  }
  const Told asked = *story;
  std::function<Result<Response>(std::stop_token)> job = [asked, query, map](const std::stop_token&) { return export_of(asked, query, map.get()); };
  auto working = stories_->compute(std::move(job));
  auto response = co_await std::move(working);
  co_return response;
}

Task<Result<ProjectPtr>> Out::found(PlaceBody place) {
  auto waiting = stories_->story(place.project, {});
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  const auto& files = story->stats().files;
  const auto known = std::ranges::find(files, place.file, &analysis::File::file);
  if (known == files.end()) {
    co_return fail(Code::outside_project, printable_utf8(place.file.substr(0, 200)) + " is no script of project " + story->project->alias, "Name one of its scripts: game/script.rpy");
  }
  if (place.line < 1 || place.line > std::max<std::int64_t>(1, (*known).lines)) {
    co_return fail(Code::bad_value, place.file + " has no line " + std::to_string(place.line), "It has " + std::to_string((*known).lines));
  }
  co_return story->project;
}

Task<Result<OpenReply>> Out::open(PlaceBody place) {
  auto looking = found(place);
  auto project = co_await std::move(looking);
  if (!project) co_return std::unexpected(project.error());
  if (!place.session.empty() && !daemon::is_alias(place.session)) co_return fail(Code::bad_value, "'session' must be 1 to 64 letters, digits, '-', '_' or '.'");
  const auto path = (*project)->root / place.file;
  OpenReply reply;
  reply.uri = uri_of(path, place.line);
  reply.told = static_cast<std::int64_t>(services_->state.clients.subscribers("editor"));
  EditorOpen event;
  event.project = (*project)->alias;
  event.root = printable_utf8((*project)->root.string());
  event.file = place.file;
  event.path = printable_utf8(path.string());
  event.session = place.session;
  event.line = place.line;
  services_->events.publish(std::move(event));
  co_return reply;
}

Task<Result<WarpReply>> Out::warp(PlaceBody place) {
  auto looking = found(place);
  auto project = co_await std::move(looking);
  if (!project) co_return std::unexpected(project.error());
  const auto command = services_->config_for((*project)->root).pilot.warp_command;
  if (command.empty()) {
    co_return fail(Code::wrong_state, "No command is configured that starts the game at a line",
                   R"(Set pilot.warp_command in the profile's config.json: ["renpy", "{root}", "--warp", "{place}"])");
  }
  const auto root = (*project)->root.string();
  if (playing_.contains(root)) co_return fail(Code::wrong_state, "The game of " + (*project)->alias + " that was started here still runs", "Close it first");
  WarpReply reply;
  reply.command = filled(command, **project, place);
  io::ProcessSpec spec;
  spec.argv = reply.command;
  spec.cwd = (*project)->root;
  spec.time_limit = kLongestGame;
  // A game needs the screen and the sound of whoever started the daemon.
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "PULSE_SERVER", "SDL_VIDEODRIVER"}) {
    if (const char* value = std::getenv(name); value != nullptr) spec.extra_env.push_back(std::string(name) + "=" + value);
  }
  playing_.insert(root);
  services_->processes.run(std::move(spec), [this, root, alias = (*project)->alias, place](Result<io::ProcessResult> ended) {
    playing_.erase(root);
    WarpEnded event;
    event.project = alias;
    event.file = place.file;
    event.line = place.line;
    event.exit_code = ended ? ended->exit_code : 127;
    if (!ended) event.message = ended.error().message;
    else if (ended->exit_code != 0) event.message = last_words(ended->err.empty() ? ended->out : ended->err);
    services_->events.publish(std::move(event));
  });
  co_return reply;
}

}  // namespace bpyd::pilot
