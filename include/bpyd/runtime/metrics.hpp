// SPDX-License-Identifier: MIT
// Counters, gauges and histograms in Prometheus' text form (version 0.0.4).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bpyd::runtime {

/// Seconds, in buckets from 10 µs to 10 s.
class Histogram {
 public:
  static constexpr std::array<double, 19> kBounds = {1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2,
                                                     2e-2, 5e-2, 0.1,  0.2,  0.5,  1,    2,    5,    10};
  void observe(std::chrono::nanoseconds value, std::uint64_t times = 1);

  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  double sum = 0;
};

/// A row for the documentation: every family this daemon can show.
struct MetricDoc {
  std::string name, type, help;
};

/// Loop thread only. References to counters and histograms stay valid as long as it lives.
class Metrics {
 public:
  /// `labels` as in the text: `code="1009"`. The same name and labels give the same counter.
  std::uint64_t& counter(const std::string& name, std::string_view help, const std::string& labels = {});
  Histogram& histogram(const std::string& name, std::string_view help);
  /// Asked for when the text is made.
  void gauge(const std::string& name, std::string_view help, std::function<double()> value);
  /// A count that somebody else keeps.
  void count(const std::string& name, std::string_view help, std::function<double()> value);

  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::vector<MetricDoc> describe() const;

 private:
  struct Family {
    std::string help, type;
    std::map<std::string, std::uint64_t> counters;
    std::function<double()> value;
    Histogram histogram;
  };
  Family& family(const std::string& name, std::string_view help, std::string_view type);

  std::map<std::string, Family> families_;
};

}  // namespace bpyd::runtime
