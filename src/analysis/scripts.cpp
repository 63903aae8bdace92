// SPDX-License-Identifier: MIT
#include "scripts.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "bpyd/renpy/parser.hpp"

namespace bpyd::analysis {
namespace {

/// A number that differs when files would be parsed differently.
std::uint64_t fingerprint(const renpy::CustomStatement& statement, std::uint64_t before) {
  const auto& back = statement.handed_back;
  std::string text = statement.name + "/" + std::to_string(static_cast<int>(statement.block)) + "/" +
                     std::to_string(statement.init_priority);
  for (const bool yes : {statement.init, statement.has_next, statement.has_post, statement.translatable,
                         back.blocks, back.statements, back.by_line})
    text += yes ? '1' : '0';
  for (const auto& word : back.leading) text += word.text + (word.valued ? "=" : " ");
  return fnv1a(text, before);
}

bool is_module(std::string_view file) { return file.ends_with(".rpym"); }

/// Scripts as Ren'Py loads them; modules, which code loads when it wants them, behind.
std::vector<const SourceFile*> in_load_order(std::span<const SourceFile> files, bool with_modules) {
  std::vector<const SourceFile*> ordered;
  for (const auto& file : files) {
    if (file.file.ends_with(".rpy") || (with_modules && is_module(file.file))) ordered.push_back(&file);
  }
  std::ranges::sort(ordered, [](const auto* a, const auto* b) {
    const bool late = is_module(a->file), other = is_module(b->file);
    return late != other ? other : renpy::loads_before(a->file, b->file);
  });
  return ordered;
}

/// Does some code load the module? `renpy.load_module("part/two")` loads game/part/two.rpym.
bool loaded(std::string_view module, const std::vector<std::shared_ptr<const Sheet>>& by) {
  return std::ranges::any_of(by, [&](const auto& sheet) {
    return std::ranges::any_of(sheet->part->modules, [&](std::string_view name) {
      return module == "game/" + std::string(name) + ".rpym";
    });
  });
}

/// Runs work(0 … count-1) on as many threads as there are processors.
template <class F>
void in_parallel(std::size_t count, F&& work) {
  const auto threads = std::min<std::size_t>({count, std::max(1U, std::thread::hardware_concurrency()), 8});
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (auto i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(run);
  run();
}

bool may_register(std::string_view text) { return text.find("register_statement") != std::string_view::npos; }

}  // namespace

std::vector<std::shared_ptr<const renpy::ParsedFile>> parse_files(std::span<const SourceFile> files) {
  std::vector<std::shared_ptr<const renpy::ParsedFile>> out;
  std::vector<renpy::CustomStatement> custom;
  for (const auto* file : in_load_order(files, false)) {
    if (!file->text) continue;
    out.push_back(renpy::parse_script(file->file, file->text, custom));
    for (const auto& statement : out.back()->registers) custom.push_back(statement);
  }
  return out;
}

struct Scripts::Fresh {
  const SourceFile* file = nullptr;
  Kept* kept = nullptr;
  std::size_t custom = 0;
  std::uint64_t statements = 0;
  std::shared_ptr<const renpy::Part> part;
  Names names;
};

void Scripts::read(Fresh& fresh, const std::vector<renpy::CustomStatement>& custom) {
  auto parsed =
      renpy::parse_script(fresh.file->file, fresh.file->text, std::span(custom).first(fresh.custom));
  // A translation reads what the story reads, in words of its own: most of many games' text.
  if (!fresh.file->file.starts_with("game/tl/")) fresh.names = names_in(*parsed);
  fresh.part = renpy::make_part(std::move(parsed));
}

void Scripts::keep(Fresh& fresh) {
  if (fresh.kept->sheet) names_.remove(fresh.kept->sheet->names);
  names_.add(fresh.names);
  *fresh.kept = {fresh.file->text, fresh.statements,
                 make_sheet(std::move(fresh.part), std::move(fresh.names), *variables_)};
}

Parsed Scripts::parse(std::span<const SourceFile> files) {
  Parsed out;
  std::vector<renpy::CustomStatement> custom;
  std::uint64_t statements = fnv1a("");
  std::vector<Fresh> fresh;
  std::vector<Kept*> used;
  for (const auto* file : in_load_order(files, true)) {
    if (!file->text) {
      out.unreadable.push_back(
          {file->file, 0, 0, 0, file->problem.empty() ? "cannot be read" : file->problem});
      continue;
    }
    auto& kept = kept_[file->file];
    used.push_back(&kept);
    const bool same =
        kept.sheet && kept.statements == statements && (kept.text == file->text || *kept.text == *file->text);
    const std::vector<renpy::CustomStatement>* registers =
        same ? &kept.sheet->part->file->registers : nullptr;
    if (!same) {
      fresh.push_back({file, &kept, custom.size(), statements, nullptr, {}});
      // What it registers changes how the files after it are read: it cannot wait.
      if (may_register(*file->text)) {
        read(fresh.back(), custom);
        registers = &fresh.back().part->file->registers;
      }
    }
    if (registers == nullptr) continue;
    for (const auto& statement : *registers) {
      custom.push_back(statement);
      statements = fingerprint(statement, statements);
    }
  }
  in_parallel(fresh.size(), [&](std::size_t i) {
    if (!fresh[i].part) read(fresh[i], custom);
  });
  parsed_ = fresh.size();
  // Stories made before read their variables from other threads.
  if (!fresh.empty() && variables_.use_count() > 1) variables_ = std::make_shared<Variables>(*variables_);
  for (auto& one : fresh) keep(one);
  for (const auto* kept : used) {
    auto& to = is_module(kept->sheet->part->file->file) ? out.modules : out.sheets;
    to.push_back(kept->sheet);
  }
  // What a loaded module loads is loaded too.
  for (bool more = true; more;) {
    const auto found = std::ranges::find_if(
        out.modules, [&](const auto& sheet) { return loaded(sheet->part->file->file, out.sheets); });
    more = found != out.modules.end();
    if (!more) break;
    out.sheets.push_back(*found);
    out.modules.erase(found);
  }
  if (kept_.size() > used.size()) forget_others(used);
  return out;
}

void Scripts::forget_others(const std::vector<Kept*>& used) {
  const std::unordered_set<const Kept*> stay(used.begin(), used.end());
  std::erase_if(kept_, [&](const auto& entry) {
    const bool gone = !stay.contains(&entry.second);
    if (gone && entry.second.sheet) names_.remove(entry.second.sheet->names);
    return gone;
  });
}

}  // namespace bpyd::analysis
