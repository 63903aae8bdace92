// SPDX-License-Identifier: MIT
// The start page: what the daemon knows, does and hears, live.
import "./start.css"; // bundled beside the script, which start.html links
import { Dashboard } from "./dashboard/app";
import { keepLook, applyTheme } from "./theme";
import { translate } from "./words";

applyTheme();
translate();
for (const link of document.querySelectorAll<HTMLAnchorElement>("a.nav")) link.href = keepLook(link.getAttribute("href")!);
new Dashboard();
