// SPDX-License-Identifier: MIT
// The one renderer of errors: JSON payload, HTML box, WebSocket message. Pure, any thread.
#pragma once

#include <string>

#include "bpyd/core/error.hpp"
#include "bpyd/protocol/http.hpp"
#include "bpyd/protocol/routes.hpp"

namespace bpyd::protocol {

/// The seed's payload, as a described struct so that schemas know it.
struct ErrorPayload {
  bool error = true;
  std::string code, message, severity, suggestion, correlation_id;
  static void describe(auto& fields, auto& self) {
    fields.required("error", self.error, "always true");
    fields.required("code", self.code, "BPY-NNNN, see /docs");
    fields.required("message", self.message, "what went wrong, naming the thing");
    fields.required("severity", self.severity, "info, warn or error");
    fields.required("suggestion", self.suggestion, "a step that works");
    fields.required("correlation_id", self.correlation_id, "the request's, also in the log");
  }
};

/// An error on a socket.
struct ErrorMessage {
  std::string type = "error", code, message, severity, suggestion;
  std::optional<std::string> correlation_id;
  static void describe(auto& fields, auto& self) {
    fields.required("type", self.type, "error");
    fields.required("code", self.code, "BPY-NNNN");
    fields.required("message", self.message, "what went wrong");
    fields.required("severity", self.severity, "info, warn or error");
    fields.required("suggestion", self.suggestion, "a step that works");
    fields.optional("correlation_id", self.correlation_id, "of the message that caused it");
  }
};

ErrorPayload error_payload(const Error& error, const std::string& correlation_id);
ErrorMessage error_message(const Error& error);
/// The seed's box; the texts are escaped.
std::string error_box(const Error& error);
/// The response in the form the route (and the caller's Accept) asks for.
Response error_response(const Error& error, const Request& request, ErrorForm form);

}  // namespace bpyd::protocol
