// SPDX-License-Identifier: MIT
// The three spellings, written straight into text.
#include "bpyd/hub/event.hpp"

#include "bpyd/core/clock.hpp"
#include "bpyd/core/json_scan.hpp"

namespace bpyd::hub {
namespace {

void add_text(std::string& out, std::string_view name, std::string_view value) {
  out.append(name);
  append_json_string(out, value);
}

void add_place(std::string& out, std::string_view channel, std::int64_t seq) {
  if (seq == 0) return;
  add_text(out, ",\"channel\":", channel);
  out.append(",\"seq\":").append(std::to_string(seq));
}

void add_correlation(std::string& out, std::string_view id) {
  if (!id.empty()) add_text(out, ",\"correlation_id\":", id);
}

void write_flat(std::string& out, std::string_view channel, std::int64_t seq, std::int64_t ts, const Event& event) {
  add_text(out, "{\"type\":", event.type);
  if (!event.flat) out.append(",\"data\":").append(event.data);
  else if (event.data.size() > 2) out.append(1, ',').append(event.data.substr(1, event.data.size() - 2));
  add_place(out, channel, seq);
  add_correlation(out, event.correlation_id);
  out += ",\"ts\":\"";
  append_iso8601(out, ts);
  out += "\"}";
}

void write_brain(std::string& out, std::string_view channel, std::int64_t seq, std::int64_t ts, const Event& event) {
  add_text(out, "{\"type\":", event.type);
  if (seq != 0) add_text(out, ",\"channel\":", channel);
  out.append(",\"data\":").append(event.data).append(",\"timestamp\":");
  append_epoch_seconds(out, ts);
  if (seq != 0) out.append(",\"seq\":").append(std::to_string(seq));
  add_correlation(out, event.correlation_id);
  out += '}';
}

void write_envelope(std::string& out, std::string_view channel, std::int64_t seq, std::int64_t ts, const Event& event) {
  add_text(out, "{\"type\":\"event\",\"event\":", event.type);
  out.append(",\"data\":").append(event.data).append(",\"timestamp\":\"");
  append_iso8601(out, ts);
  out += '"';
  add_place(out, channel, seq);
  add_correlation(out, event.correlation_id);
  out += '}';
}

}  // namespace

void write_event(std::string& out, Spelling spelling, std::string_view channel, std::int64_t seq, std::int64_t ts, const Event& event) {
  switch (spelling) {
    case Spelling::flat: return write_flat(out, channel, seq, ts, event);
    case Spelling::brain: return write_brain(out, channel, seq, ts, event);
    case Spelling::envelope: return write_envelope(out, channel, seq, ts, event);
  }
}

void write_unnumbered(std::string& out, Spelling spelling, std::int64_t ts, const Event& event) {
  write_event(out, spelling, {}, 0, ts, event);
}

}  // namespace bpyd::hub
