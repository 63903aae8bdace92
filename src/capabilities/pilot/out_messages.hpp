// SPDX-License-Identifier: MIT
// What leaves PILOT: files, places for the editor, a game started at a line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/daemon/events.hpp"

namespace bpyd::pilot {

struct ExportQuery {
  std::string project, form, path, at;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.required("form", self.form, "mermaid, dot, svg, json or csv");
    fields.optional("path", self.path, "a path's id or key, for mermaid; default: the whole story");
    fields.optional("at", self.at, "a revision of git, or snapshot:ID; default: now");
  }
};

struct PlaceBody {
  std::string project, file, session;
  std::int64_t line = 1;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.required("file", self.file, "a script of the project: game/script.rpy");
    fields.optional("line", self.line, "from 1");
    fields.optional("session", self.session, "whose editor: told on pilot:{session} too");
  }
};

struct OpenReply {
  std::string uri;
  std::int64_t told = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("uri", self.uri, "the place as a link that VS Code opens");
    fields.required("told", self.told, "editors that listen on channel editor");
  }
};

struct WarpReply {
  std::vector<std::string> command;
  static void describe(auto& fields, auto& self) { fields.required("command", self.command, "what was started"); }
};

struct EditorOpen {
  static constexpr daemon::EventInfo kInfo{"editor.open", "Somebody wants to see a place in the editor"};
  std::string project, root, file, path, session;
  std::int64_t line = 1;
  [[nodiscard]] std::vector<std::string> channels(const hub::Hub&) const {
    std::vector<std::string> names{"editor"};
    if (!session.empty()) names.push_back("pilot:" + session);
    return names;
  }
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("file", self.file, "relative to the root");
    fields.required("path", self.path, "absolute");
    fields.required("line", self.line, "from 1");
    fields.optional("session", self.session, "of the page it was asked on");
  }
};

struct WarpEnded {
  static constexpr daemon::EventInfo kInfo{"pilot.warp.ended", "A game that was started at a line has ended"};
  std::string project, file, message;
  std::int64_t line = 1, exit_code = 0;
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub& hub) { return hub.channels("pilot:"); }
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("file", self.file, "where it was started");
    fields.required("line", self.line, "where it was started");
    fields.required("exit_code", self.exit_code, "128 + the signal when it was ended by one");
    fields.required("message", self.message, "the last it said, when it failed");
  }
};

}  // namespace bpyd::pilot
