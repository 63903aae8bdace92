// SPDX-License-Identifier: MIT
// The vocabulary of the doors and the bodies of /api/ws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/core/fields.hpp"

namespace bpyd::channels {

struct SinceField {
  std::string epoch;
  std::int64_t seq = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("epoch", self.epoch, "as `subscribed` said");
    fields.required("seq", self.seq, "the last number seen");
  }
};

/// sub, subscribe, unsub, unsubscribe.
struct Subscribe {
  std::optional<std::string> channel, report, client_id, user_id;
  std::vector<std::string> channels, topics, reports;
  bool presence = false;
  RawJson since;
  static void describe(auto& fields, auto& self) {
    fields.optional("channel", self.channel, "one channel, or a pattern with a trailing *");
    fields.optional("channels", self.channels, "several channels");
    fields.optional("topics", self.topics, "the same by another name");
    fields.optional("since", self.since, "{\"epoch\", \"seq\"}: what was seen last of this one channel");
    fields.optional("presence", self.presence, "tell of joins and leaves");
    fields.optional("report", self.report, "a report to run after every save: analyze");
    fields.optional("reports", self.reports, "several reports");
    fields.optional("client_id", self.client_id, "the client's own name: its subscriptions outlive restarts");
    fields.optional("user_id", self.user_id, "who it is, when no token says so");
  }
};

struct Subscribed {
  std::optional<std::string> channel, report;
  EpochSeconds timestamp;
  std::optional<std::string> epoch;
  std::optional<std::int64_t> seq;
  std::optional<bool> recovered;
  static void describe(auto& fields, auto& self) {
    fields.optional("channel", self.channel, "the channel");
    fields.optional("report", self.report, "the report");
    fields.required("timestamp", self.timestamp, "seconds since 1970");
    fields.optional("epoch", self.epoch, "names the channel's numbering");
    fields.optional("seq", self.seq, "the channel's last number");
    fields.optional("recovered", self.recovered, "answers `since`: all that was missed follows; false: refetch");
  }
};

struct Member {
  std::string connection_id;
  std::optional<std::string> client_id, user;
  static void describe(auto& fields, auto& self) {
    fields.required("connection_id", self.connection_id, "of the connection");
    fields.optional("client_id", self.client_id, "the client's own name");
    fields.optional("user", self.user, "who it is");
  }
};

/// Answer to a subscription with `presence`.
struct SubscribedWithMembers : Subscribed {
  std::vector<Member> members;
  static void describe(auto& fields, auto& self) {
    Subscribed::describe(fields, self);
    fields.optional("members", self.members, "who is there now, for those who asked for presence");
  }
};

struct Publish {
  std::string channel;
  std::string event = "message";
  RawJson data;
  bool ack = false;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "where");
    fields.optional("event", self.event, "the event's type");
    fields.optional("data", self.data, "any JSON; goes out as it is");
    fields.optional("ack", self.ack, "answer `published`");
  }
};

struct Published {
  std::string channel;
  std::int64_t seq = 0, subscribers = 0;
  EpochSeconds timestamp;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "where");
    fields.required("seq", self.seq, "its number there");
    fields.required("subscribers", self.subscribers, "how many heard it");
    fields.required("timestamp", self.timestamp, "seconds since 1970");
  }
};

struct Nothing {
  static void describe(auto&, auto&) {}
};

struct Time {
  EpochSeconds timestamp;
  static void describe(auto& fields, auto& self) { fields.required("timestamp", self.timestamp, "seconds since 1970"); }
};

struct Connected {
  std::string connection_id;
  EpochSeconds timestamp;
  static void describe(auto& fields, auto& self) {
    fields.required("connection_id", self.connection_id, "of this connection");
    fields.required("timestamp", self.timestamp, "seconds since 1970");
  }
};

struct Presence {
  std::string channel, connection_id;
  std::optional<std::string> client_id, user;
  EpochSeconds timestamp;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "where");
    fields.required("connection_id", self.connection_id, "of the one who came or went");
    fields.optional("client_id", self.client_id, "its own name");
    fields.optional("user", self.user, "who it is");
    fields.required("timestamp", self.timestamp, "seconds since 1970");
  }
};

struct StatusMessage {
  std::string state, message;
  bool operation_in_progress = false;
  static void describe(auto& fields, auto& self) {
    fields.required("state", self.state, "idle or busy");
    fields.required("message", self.message, "what is running, in words");
    fields.required("operation_in_progress", self.operation_in_progress, "is anything running");
  }
};

struct LogMessage {
  std::string level, message;
  EpochSeconds timestamp;
  std::string module;
  static void describe(auto& fields, auto& self) {
    fields.required("level", self.level, "debug, info, warn or error");
    fields.required("message", self.message, "the line's words");
    fields.required("timestamp", self.timestamp, "seconds since 1970");
    fields.required("module", self.module, "which part of the daemon, and which event");
  }
};

struct SetLevel {
  std::string level;
  static void describe(auto& fields, auto& self) { fields.required("level", self.level, "debug, info, warn or error"); }
};

// ---- /api/ws ----

struct BroadcastBody {
  std::string channel, type = "broadcast";
  RawJson message;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "where");
    fields.required("message", self.message, "any JSON; goes out as it is");
    fields.optional("type", self.type, "the event's type");
  }
};

struct Broadcasted {
  std::string status = "broadcasted", channel;
  std::int64_t subscribers = 0, seq = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("status", self.status, "broadcasted");
    fields.required("channel", self.channel, "where");
    fields.required("subscribers", self.subscribers, "how many listen");
    fields.required("seq", self.seq, "its number there");
  }
};

struct BroadcastAllBody {
  std::string type = "broadcast";
  RawJson data;
  static void describe(auto& fields, auto& self) {
    fields.optional("type", self.type, "the message's type");
    fields.optional("data", self.data, "any JSON; goes out as it is");
  }
};

struct BroadcastedAll {
  std::string status = "broadcasted";
  std::int64_t total_connections = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("status", self.status, "broadcasted");
    fields.required("total_connections", self.total_connections, "how many were told");
  }
};

struct BroadcastUserBody {
  std::string user, type = "broadcast";
  RawJson data;
  static void describe(auto& fields, auto& self) {
    fields.required("user", self.user, "whose connections");
    fields.optional("type", self.type, "the event's type");
    fields.optional("data", self.data, "any JSON; goes out as it is");
  }
};

struct SentToUser {
  std::string status = "sent", user;
  std::int64_t connections = 0, seq = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("status", self.status, "sent");
    fields.required("user", self.user, "whose connections");
    fields.required("connections", self.connections, "how many there are now");
    fields.required("seq", self.seq, "its number among the user's events");
  }
};

struct Stats {
  std::int64_t total_connections = 0, total_users = 0, total_channels = 0;
  RawJson channels;
  static void describe(auto& fields, auto& self) {
    fields.required("total_connections", self.total_connections, "clients of all doors");
    fields.required("total_users", self.total_users, "users among them");
    fields.required("total_channels", self.total_channels, "channels somebody listens to");
    fields.required("channels", self.channels, "each with its number of subscribers");
  }
};

struct Info {
  std::string name, version;
  std::vector<std::string> features, endpoints;
  std::int64_t heartbeat_interval = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("name", self.name, "of the system");
    fields.required("version", self.version, "of the daemon");
    fields.required("features", self.features, "what it can do");
    fields.required("endpoints", self.endpoints, "doors and routes");
    fields.required("heartbeat_interval", self.heartbeat_interval, "seconds between pings");
  }
};

struct ChannelRow {
  std::string channel;
  std::int64_t subscribers = 0, seq = 0;
  bool durable = false;
  std::string purpose;
  std::vector<std::string> events;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "its name, or a room's form");
    fields.required("subscribers", self.subscribers, "how many listen");
    fields.required("seq", self.seq, "its last number");
    fields.required("durable", self.durable, "are its events logged");
    fields.required("purpose", self.purpose, "what it is for");
    fields.required("events", self.events, "types of events to expect");
  }
};

struct ListQuery {
  std::int64_t limit = 100, offset = 0;
  static void describe(auto& fields, auto& self) {
    fields.optional("limit", self.limit, "most rows to answer, at most 1000");
    fields.optional("offset", self.offset, "rows to skip");
  }
};

struct ChannelList {
  std::vector<ChannelRow> channels;
  std::int64_t total = 0;
  std::optional<std::int64_t> next_offset;
  static void describe(auto& fields, auto& self) {
    fields.required("channels", self.channels, "in order of name");
    fields.required("total", self.total, "all there are");
    fields.required("next_offset", self.next_offset, "where the next page starts; null: none");
  }
};

struct ChannelQuery {
  std::string channel;
  static void describe(auto& fields, auto& self) { fields.required("channel", self.channel, "its name"); }
};

struct ChannelReply {
  std::string channel;
  std::int64_t subscribers = 0;
  std::vector<std::string> connection_ids;
  std::string epoch;
  std::int64_t seq = 0, oldest_seq = 0;
  bool durable = false;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "its name");
    fields.required("subscribers", self.subscribers, "how many listen");
    fields.required("connection_ids", self.connection_ids, "who listens");
    fields.required("epoch", self.epoch, "names the channel's numbering");
    fields.required("seq", self.seq, "its last number");
    fields.required("oldest_seq", self.oldest_seq, "the oldest number that can be read again");
    fields.required("durable", self.durable, "are its events logged");
  }
};

struct EventsQuery {
  std::string channel;
  std::int64_t since = 0, limit = 100;
  std::optional<std::string> epoch;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "its name");
    fields.optional("since", self.since, "the last number seen; 0: from the oldest");
    fields.optional("epoch", self.epoch, "the numbering that `since` belongs to");
    fields.optional("limit", self.limit, "most events to answer, at most 1000");
  }
};

struct EventsReply {
  std::string channel, epoch;
  std::int64_t seq = 0;
  bool recovered = true;
  RawJson events;
  std::int64_t next_since = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "its name");
    fields.required("epoch", self.epoch, "names the channel's numbering");
    fields.required("seq", self.seq, "its last number");
    fields.required("recovered", self.recovered, "false: something before the first of these is lost");
    fields.required("events", self.events, "in order, in BRAiN's spelling");
    fields.required("next_since", self.next_since, "for the next request");
  }
};

}  // namespace bpyd::channels
