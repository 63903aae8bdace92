// SPDX-License-Identifier: MIT
// Deutsch. A key that is missing here is shown in English.
import { de as common } from "./de_common";
import { de as dashboard } from "./de_dashboard";
import { de as history } from "./de_history";
import { de as map } from "./de_map";
import { de as pilot } from "./de_pilot";
import type { en } from "./en";

export const de: Partial<Record<keyof typeof en, string>> = { ...common, ...pilot, ...map, ...history, ...dashboard };
