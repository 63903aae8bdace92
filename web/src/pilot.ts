// SPDX-License-Identifier: MIT
// PILOT: the page writers keep open. It holds the story, the views and the URL together.
import { Shell } from "./pilot/shell";
import { applyTheme } from "./theme";
import { translate } from "./words";

applyTheme();
translate();
new Shell().begin();
