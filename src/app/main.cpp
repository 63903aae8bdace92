// SPDX-License-Identifier: MIT
#include <exception>
#include <iostream>

#include "cli/cli.hpp"

int main(int argc, char** argv) {
  try {
    return bpyd::app::cli::main(argc, argv);
  } catch (const std::exception& exception) {
    std::cerr << "bpyd: BPY-2000 " << exception.what() << "\n";
    return bpyd::app::kExitFailed;
  }
}
