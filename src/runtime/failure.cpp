// SPDX-License-Identifier: MIT
#include "bpyd/runtime/failure.hpp"

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <string>

namespace bpyd::runtime {

Error error_of(const std::exception& exception, std::string_view what) {
  const auto* system = dynamic_cast<const boost::system::system_error*>(&exception);
  const int number = system != nullptr ? system->code().value() : 0;
  if (number == EMFILE || number == ENFILE) {
    return {Code::overloaded, "bpyd has no file descriptor left for this", "Close some connections, or raise the limit (ulimit -n)"};
  }
  return {Code::internal, std::string(what) + ": " + exception.what()};
}

}  // namespace bpyd::runtime
