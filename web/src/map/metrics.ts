// SPDX-License-Identifier: MIT
// Sizes of what is drawn, in pixels at scale 1, and the scales at which more of it appears. Cards, rows
// of choices and the strips of titles come from the layout; these are to match it.

export const card = {
  radius: 9, stripe: 5, pad: 14, head: 34, nameSize: 14, nameBase: 22, textSize: 12, textLine: 16,
  factSize: 11, factRoom: 17, pinSize: 12, pinLine: 18, pinPad: 4,
};
export const ground = { radius: 16, strip: 44, titleSize: 18, titleBase: 30, pad: 18 };

/** Below `names`: coloured cards only. From `words` on: everything. Both in CSS pixels per unit. */
export const detail = { names: 0.17, words: 0.6 };
export type Detail = "far" | "middle" | "near";

export function detailAt(scale: number): Detail {
  return scale < detail.names ? "far" : scale < detail.words ? "middle" : "near";
}

export const mostScale = 2.5;
