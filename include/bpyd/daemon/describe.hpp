// SPDX-License-Identifier: MIT
// The tables in the forms that programs read: OpenAPI 3.1 and AsyncAPI 3.0. Pure.
#pragma once

#include <string>

#include "bpyd/daemon/binder.hpp"

namespace bpyd::daemon {

std::string openapi_text(const Tables& tables);
std::string asyncapi_text(const Tables& tables);

}  // namespace bpyd::daemon
