// SPDX-License-Identifier: MIT
// Errors become wire codes here and nowhere else.
#include "bpyd/protocol/error_envelope.hpp"

#include "bpyd/core/strings.hpp"

namespace bpyd::protocol {
namespace {

std::string page_around(const std::string& box, std::string_view title) {
  return "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
         "<meta name='viewport' content='width=device-width, initial-scale=1'><title>" +
         escape_html(title) +
         " · bpyd</title><link rel='icon' href='/favicon.svg'><link rel='stylesheet' href='/static/page.css'>"
         "<script type='module' src='/static/error.js'></script></head>\n<body class='error-page'><main>" +
         box + "<nav class='error-ways'><a href='/'>Home</a> <a href='/docs'>Reference</a></nav></main></body></html>\n";
}

/// Somebody followed a link or typed an address: programs do not ask for HTML alone.
bool is_navigation(const Request& request) {
  const auto accept = request.header("Accept");
  return accept.contains("text/html") && !accept.contains("application/json");
}

}  // namespace

ErrorPayload error_payload(const Error& error, const std::string& correlation_id) {
  ErrorPayload payload;
  payload.code = code_text(error.code);
  payload.message = error.message;
  payload.severity = severity_text(code_row(error.code).severity);
  payload.suggestion = error.advice();
  payload.correlation_id = correlation_id;
  return payload;
}

ErrorMessage error_message(const Error& error) {
  ErrorMessage message;
  message.code = code_text(error.code);
  message.message = error.message;
  message.severity = severity_text(code_row(error.code).severity);
  message.suggestion = error.advice();
  return message;
}

std::string error_box(const Error& error) {
  const CodeRow& row = code_row(error.code);
  return "<div class='error-box' role='alert' data-code='" + code_text(error.code) +
         "'>\n<div class='error-icon' aria-hidden='true'>🔍</div>\n<div class='error-title'>" + escape_html(row.title) +
         "</div>\n<div class='error-detail'>" + escape_html(error.message) +
         "</div>\n<div class='error-suggestion'>" + escape_html(error.advice()) +
         "</div>\n<button type='button'>Go Back</button>\n</div>\n";
}

Response error_response(const Error& error, const Request& request, ErrorForm form) {
  const CodeRow& row = code_row(error.code);
  if (form == ErrorForm::json && is_navigation(request)) form = ErrorForm::html_page;
  if (form != ErrorForm::json && !request.header("Accept").contains("application/json")) {
    std::string box = error_box(error);
    if (form == ErrorForm::html_page) box = page_around(box, row.title);
    auto page = text_response(row.http_status, "text/html; charset=utf-8", std::move(box));
    page.error = error.code;
    return page;
  }
  auto response = text_response(row.http_status, "application/json",
                                to_json_text(error_payload(error, request.correlation_id)) + "\n");
  response.error = error.code;
  if (error.code == Code::too_often) response.headers.emplace_back("Retry-After", "1");
  if (error.code == Code::token_required) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace bpyd::protocol
