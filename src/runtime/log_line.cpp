// SPDX-License-Identifier: MIT
// {"crc":"1a2b3c4d","channel":"missions","seq":7,"ts":1767323045678,"type":"x","data":{…}}
#include "log_line.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "bpyd/core/json_scan.hpp"

namespace bpyd::runtime {
namespace {

constexpr std::string_view kStart = "{\"crc\":\"";
constexpr std::string_view kChannel = "\",\"channel\":";
constexpr std::string_view kCarry = "\",\"carry\":";
constexpr std::string_view kSeq = ",\"seq\":";
constexpr std::size_t kDigits = 8;
constexpr std::size_t kChecked = kStart.size() + kDigits + 2;  // the checksum covers what follows `",`

std::array<char, kDigits> checksum(std::string_view line) {
  const auto covered = line.substr(kChecked);
  auto value = ::crc32(0, reinterpret_cast<const Bytef*>(covered.data()), static_cast<uInt>(covered.size()));
  std::array<char, kDigits> digits{};
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, value >>= 4) *it = "0123456789abcdef"[value & 0xF];
  return digits;
}

/// The end of the JSON string that begins at `at`, behind its closing quote; npos when there is none.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') ++at;
    else if (text[at] == '"') return at + 1;
  }
  return std::string_view::npos;
}

/// Puts the checksum in its place and ends the line.
void finish(std::string& out, std::size_t start) {
  const auto digits = checksum(std::string_view(out).substr(start));
  out.replace(start + kStart.size(), kDigits, digits.data(), kDigits);
  out += '\n';
}

std::string unescaped(std::string_view quoted) {
  if (!quoted.contains('\\')) return std::string(quoted.substr(1, quoted.size() - 2));
  const auto wrapped = "{\"x\":" + std::string(quoted) + "}";
  const auto members = JsonMembers::scan(wrapped);
  return members ? members->text("x").value_or("") : std::string();
}

}  // namespace

void write_line(std::string& out, const LogEntry& entry) {
  const std::size_t start = out.size();
  out.append(kStart).append(kDigits, '0').append(kChannel);
  append_json_string(out, entry.channel);
  out.append(kSeq).append(std::to_string(entry.seq)).append(",\"ts\":").append(std::to_string(entry.ts)).append(",\"type\":");
  append_json_string(out, entry.type);
  if (entry.flat) out += ",\"flat\":true";
  if (!entry.correlation_id.empty()) {
    out += ",\"correlation_id\":";
    append_json_string(out, entry.correlation_id);
  }
  out.append(",\"data\":").append(entry.data).append(1, '}');
  finish(out, start);
}

void write_carry(std::string& out, const std::vector<std::pair<std::string, std::int64_t>>& last) {
  const std::size_t start = out.size();
  out.append(kStart).append(kDigits, '0').append(kCarry).append(1, '{');
  for (const auto& [channel, seq] : last) {
    if (!out.ends_with('{')) out += ',';
    append_json_string(out, channel);
    out.append(1, ':').append(std::to_string(seq));
  }
  out += "}}";
  finish(out, start);
}

bool is_carry(std::string_view line) {
  return line.substr(std::min(line.size(), kStart.size() + kDigits)).starts_with(kCarry) && is_whole(line);
}

std::vector<std::pair<std::string, std::int64_t>> read_carry(std::string_view line) {
  std::vector<std::pair<std::string, std::int64_t>> last;
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("carry") || !parsed["carry"].is_object()) return last;
  for (const auto& [channel, seq] : parsed["carry"].items()) {
    if (seq.is_number_unsigned() && seq.get<std::uint64_t>() <= std::uint64_t{kMostSeq}) last.emplace_back(channel, seq.get<std::int64_t>());
  }
  return last;
}

std::int64_t events_in(std::string_view damaged_line) {
  std::int64_t count = 0;
  for (std::size_t at = 0; (at = damaged_line.find(kChannel, at)) != std::string_view::npos; at += kChannel.size()) ++count;
  return std::max<std::int64_t>(count, 1);
}

std::optional<LineHead> read_head(std::string_view line) {
  const std::size_t channel_at = kStart.size() + kDigits + kChannel.size();
  if (line.size() < channel_at + 2 || !line.starts_with(kStart) || line.substr(kStart.size() + kDigits, kChannel.size()) != kChannel ||
      line[channel_at] != '"') {
    return std::nullopt;
  }
  const std::size_t channel_end = string_end(line, channel_at);
  if (channel_end == std::string_view::npos || line.substr(channel_end, kSeq.size()) != kSeq) return std::nullopt;
  LineHead head;
  head.channel = line.substr(channel_at, channel_end - channel_at);
  const char* first = line.data() + channel_end + kSeq.size();
  const auto [end, error] = std::from_chars(first, line.data() + line.size(), head.seq);
  if (error != std::errc{} || head.seq < 1 || head.seq > kMostSeq) return std::nullopt;
  head.rest = static_cast<std::size_t>(end - line.data());
  return head;
}

bool is_whole(std::string_view line) {
  if (line.size() < kChecked || !line.ends_with('}')) return false;
  const auto digits = checksum(line);
  return line.substr(kStart.size(), kDigits) == std::string_view(digits.data(), kDigits);
}

std::optional<Line> read_rest(std::string_view line, const LineHead& head) {
  // The checksum fits, so the members are the ones write_line wrote, in its order.
  Line read;
  std::size_t at = head.rest;
  const auto take = [&](std::string_view text) {
    if (line.substr(at, text.size()) != text) return false;
    at += text.size();
    return true;
  };
  const auto text = [&](std::string& into) {
    const auto end = string_end(line, at);
    if (end == std::string_view::npos) return false;
    into = unescaped(line.substr(at, end - at));
    at = end;
    return true;
  };
  if (!take(",\"ts\":")) return std::nullopt;
  const auto [end, error] = std::from_chars(line.data() + at, line.data() + line.size(), read.ts);
  if (error != std::errc{}) return std::nullopt;
  at = static_cast<std::size_t>(end - line.data());
  if (!take(",\"type\":") || !text(read.type)) return std::nullopt;
  read.flat = take(",\"flat\":true");
  if (take(",\"correlation_id\":") && !text(read.correlation_id)) return std::nullopt;
  if (!take(",\"data\":")) return std::nullopt;
  read.data = line.substr(at, line.size() - at - 1);
  return read;
}

}  // namespace bpyd::runtime
