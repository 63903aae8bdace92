// SPDX-License-Identifier: MIT
// Waiting for a project's story.
#pragma once

#include "bpyd/daemon/services.hpp"

namespace bpyd::daemon {

/// The project once its first analysis has ended, well or not, and once more when it was saved and nobody wanted
/// a report. Errors: those of Projects::find(). Loop thread only; the project may be forgotten meanwhile.
runtime::Task<Result<std::shared_ptr<Project>>> settled(Services& services, std::string name);

}  // namespace bpyd::daemon
