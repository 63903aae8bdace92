// SPDX-License-Identifier: MIT
// What an exception means to who asked.
#pragma once

#include <exception>
#include <string_view>

#include "bpyd/core/error.hpp"

namespace bpyd::runtime {

/// overloaded when it says that no descriptor is left, which passes; else internal, as "`what`: its words".
/// Thread: any.
Error error_of(const std::exception& exception, std::string_view what);

}  // namespace bpyd::runtime
