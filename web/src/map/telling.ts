// SPDX-License-Identifier: MIT
// What the live region says about a label.
import { minutes, t, tn } from "../words";
import type { MapLabel } from "./types";
import type { Ways } from "./ways";

export function told(label: MapLabel, index: number, ways: Ways): string {
  if (label.kind === "planned") return t("map.told.planned", { name: label.name });
  return t("map.told", {
    name: label.name, file: label.file, line: label.line, words: tn("count.words", label.words), time: minutes(label.seconds),
    ins: tn("map.ways", ways.in(index).length), outs: tn("map.ways", ways.out(index).length),
  });
}
