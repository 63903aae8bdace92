// SPDX-License-Identifier: MIT
// Beast's separately compiled half, once.
#include <boost/beast/src.hpp>
