// SPDX-License-Identifier: MIT
// Who is asking, and on what terms a socket is opened. Loop thread only.
#pragma once

#include <optional>
#include <string>

#include "bpyd/protocol/deflate.hpp"
#include "core.hpp"

namespace bpyd::transport {

/// The one place where a route's or a door's scope meets the caller's token. `upgrade`: a door's, where the
/// token may stand in the query.
Result<protocol::Grant> admit(const Core& core, const protocol::Request& request, protocol::Scope scope, bool upgrade = false);

/// A page opened through a one-time link (R8): the redirect that takes the code out of the
/// address, leaves the page's cookie and hands it its token, or the refusal of a code that is used up. Nothing when
/// the request is no such link.
std::optional<protocol::Response> redeem_link(const Core& core, const protocol::Request& request);

struct Agreement {
  hub::Spelling spelling = hub::Spelling::flat;
  std::string protocol;   ///< of the client's subprotocols, or empty
  std::optional<protocol::DeflateTerms> deflate;
};
/// `offers`: the extensions that the client asks for.
Agreement agree(const Core& core, const protocol::Request& request, const hub::Door& door, std::string_view offers);

}  // namespace bpyd::transport
