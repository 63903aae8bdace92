// SPDX-License-Identifier: MIT
// The families and their text.
#include "bpyd/runtime/metrics.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace bpyd::runtime {
namespace {

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.12g", value);
  return text.data();
}

void add_line(std::string& out, const std::string& name, const std::string& labels, const std::string& value) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

void add_histogram(std::string& out, const std::string& name, const Histogram& histogram) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    below += histogram.counts[i];
    add_line(out, name + "_bucket", "le=\"" + number(Histogram::kBounds[i]) + "\"", std::to_string(below));
  }
  below += histogram.counts.back();
  add_line(out, name + "_bucket", "le=\"+Inf\"", std::to_string(below));
  add_line(out, name + "_sum", "", number(histogram.sum));
  add_line(out, name + "_count", "", std::to_string(below));
}

}  // namespace

void Histogram::observe(std::chrono::nanoseconds value, std::uint64_t times) {
  const double seconds = std::chrono::duration<double>(value).count();
  const auto bucket = std::ranges::lower_bound(kBounds, seconds) - kBounds.begin();
  counts[static_cast<std::size_t>(bucket)] += times;
  sum += seconds * static_cast<double>(times);
}

Metrics::Family& Metrics::family(const std::string& name, std::string_view help, std::string_view type) {
  Family& made = families_[name];
  if (made.help.empty()) {
    made.help = help;
    made.type = type;
  }
  return made;
}

std::uint64_t& Metrics::counter(const std::string& name, std::string_view help, const std::string& labels) {
  return family(name, help, "counter").counters[labels];
}

Histogram& Metrics::histogram(const std::string& name, std::string_view help) { return family(name, help, "histogram").histogram; }

void Metrics::gauge(const std::string& name, std::string_view help, std::function<double()> value) {
  family(name, help, "gauge").value = std::move(value);
}

void Metrics::count(const std::string& name, std::string_view help, std::function<double()> value) {
  family(name, help, "counter").value = std::move(value);
}

std::string Metrics::text() const {
  std::string out;
  for (const auto& [name, family] : families_) {
    out.append("# HELP ").append(name).append(" ").append(family.help).append("\n# TYPE ").append(name).append(" ").append(family.type).append("\n");
    if (family.value) add_line(out, name, "", number(family.value()));
    else if (family.type == "histogram") add_histogram(out, name, family.histogram);
    else for (const auto& [labels, value] : family.counters) add_line(out, name, labels, std::to_string(value));
  }
  return out;
}

std::vector<MetricDoc> Metrics::describe() const {
  std::vector<MetricDoc> rows;
  for (const auto& [name, family] : families_) rows.push_back({name, family.type, family.help});
  return rows;
}

}  // namespace bpyd::runtime
