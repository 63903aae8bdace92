// SPDX-License-Identifier: MIT
// Style sheets that a script brings along: esbuild bundles them beside it.
declare module "*.css";
