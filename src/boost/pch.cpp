// SPDX-License-Identifier: MIT
// Gives the precompiled header a file to be built with.
