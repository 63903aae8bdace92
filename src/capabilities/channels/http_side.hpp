// SPDX-License-Identifier: MIT
// /api/ws: publishing, counting and reading back without a socket.
#pragma once

#include "bpyd/daemon/services.hpp"
#include "messages.hpp"

namespace bpyd::channels {

/// Loop thread only.
class HttpSide {
 public:
  void install(daemon::Binder& binder);
  void start(daemon::Services& services) { services_ = &services; }

 private:
  using Reply = std::variant<protocol::Response, runtime::Task<protocol::Response>>;
  using ReplyText = std::function<std::string(const hub::Publication&)>;

  Reply broadcast(const protocol::Request& request);
  Reply broadcast_user(const protocol::Request& request);
  Reply publish(const protocol::Request& request, const std::string& channel, const hub::Event& event, const ReplyText& text);
  runtime::Task<protocol::Response> publish_synced(std::string channel, std::string type, std::string data, protocol::Request request, ReplyText text);
  Result<protocol::Response> broadcast_all(const protocol::NoQuery&, const protocol::Request& request);
  Result<Stats> stats(const protocol::NoQuery&);
  Result<Info> info(const protocol::NoQuery&);
  Result<ChannelList> list(const ListQuery& query);
  Result<ChannelReply> channel(const ChannelQuery& query, const protocol::Request& request);
  Result<EventsReply> events(const EventsQuery& query, const protocol::Request& request);

  daemon::Services* services_ = nullptr;
};

}  // namespace bpyd::channels
