// SPDX-License-Identifier: MIT
// Asio's separately compiled half, once.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
