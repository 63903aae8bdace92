// SPDX-License-Identifier: MIT
// Sizes of what is drawn, in pixels at scale 1, and the scales at which more of it appears.

export const card = {
  radius: 9, stripe: 5, pad: 16, nameSize: 15, nameBase: 25, textSize: 12, textTop: 33, textLine: 16,
  factSize: 11, factBase: 10, pinSize: 12, pinLine: 17, pinPad: 5,
};
export const ground = { radius: 16, strip: 48, titleSize: 20, titleBase: 32, pad: 18 };

/** Below `names`: coloured cards only. From `words` on: everything. Both in CSS pixels per unit. */
export const detail = { names: 0.17, words: 0.6 };
export type Detail = "far" | "middle" | "near";

export function detailAt(scale: number): Detail {
  return scale < detail.names ? "far" : scale < detail.words ? "middle" : "near";
}

export const mostScale = 2.5;
