// SPDX-License-Identifier: MIT
#include <fcntl.h>

#include <exception>
#include <iostream>

#include "cli/cli.hpp"

namespace {

/// What is closed would become the first file that is opened, and be written to as standard error (R21).
void hold_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  try {
    return bpyd::app::cli::main(argc, argv);
  } catch (const std::exception& exception) {
    std::cerr << "bpyd: BPY-2000 " << exception.what() << "\n";
    return bpyd::app::kExitFailed;
  }
}
