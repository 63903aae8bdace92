// SPDX-License-Identifier: MIT
// The vocabulary of /ws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/core/fields.hpp"

namespace bpyd::channels {

/// sub, subscribe, unsub, unsubscribe.
struct Subscribe {
  std::optional<std::string> channel, report, client_id;
  std::vector<std::string> channels, topics, reports;
  static void describe(auto& fields, auto& self) {
    fields.optional("channel", self.channel, "one channel");
    fields.optional("channels", self.channels, "several channels");
    fields.optional("topics", self.topics, "the same by another name");
    fields.optional("report", self.report, "a report to run after every save: analyze");
    fields.optional("reports", self.reports, "several reports");
    fields.optional("client_id", self.client_id, "the client's own name: its subscriptions outlive restarts");
  }
};

struct Subscribed {
  std::string type = "subscribed";
  std::optional<std::string> channel, report;
  EpochSeconds timestamp;
  static void describe(auto& fields, auto& self) {
    fields.required("type", self.type, "subscribed or unsubscribed");
    fields.optional("channel", self.channel, "the channel");
    fields.optional("report", self.report, "the report");
    fields.required("timestamp", self.timestamp, "seconds since 1970");
  }
};

struct Ping {
  static void describe(auto&, auto&) {}
};

struct Pong {
  std::string type = "pong";
  EpochSeconds timestamp;
  static void describe(auto& fields, auto& self) {
    fields.required("type", self.type, "pong");
    fields.required("timestamp", self.timestamp, "seconds since 1970");
  }
};

}  // namespace bpyd::channels
