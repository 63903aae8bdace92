// SPDX-License-Identifier: MIT
// English, the language that every other falls back to.
import { en as common } from "./en_common";
import { en as dashboard } from "./en_dashboard";
import { en as history } from "./en_history";
import { en as map } from "./en_map";
import { en as pilot } from "./en_pilot";

export const en = { ...common, ...pilot, ...map, ...history, ...dashboard } as const;
