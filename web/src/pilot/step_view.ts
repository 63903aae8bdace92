// SPDX-License-Identifier: MIT
// Steps of a path as rows: what is said, chosen, needed and set.
import { element } from "../dom";
import { minutes, number, t, tn, type Key } from "../words";
import type { Other, Step } from "./api";

export interface StepActions {
  /** Whether one of these lanes shows a path that a decision made otherwise can start from. */
  offers(lanes: number[]): boolean;
  /** The choice at this line taken instead, in the lanes of the band. */
  instead(lanes: number[], step: Step, other: Other): void;
}

/** Not worth a row: what follows says the same. */
export const silent = (step: Step): boolean => step.kind === "jump";

function words(step: Step): HTMLElement {
  if (step.kind === "say") {
    const more = step.count > 1 ? element("span", { class: "more" }, tn("step.more", step.count - 1)) : "";
    return element("span", { class: "what" }, step.text, " ", more);
  }
  if (step.kind === "set") {
    if (step.before === undefined && step.after === undefined) return element("span", { class: "what code" }, step.text);
    return element("span", { class: "what code" }, element("b", {}, step.variable ?? ""), ` ${step.before ?? "?"} → `, element("b", {}, step.after ?? "?"));
  }
  if (step.kind === "condition") {
    const verdict = step.verdict ?? "maybe";
    return element("span", { class: "what code" }, step.text, " ", element("span", { class: `verdict ${verdict}` }, t(`verdict.${verdict}`)));
  }
  if (step.kind === "call") return element("span", { class: "what code" }, step.text);
  if (step.kind === "return") return element("span", { class: "what code" }, step.text || t("step.return.end"));
  if (step.kind === "end") return element("span", { class: "what" }, t("step.end", { label: step.label }), " ", element("span", { class: "more" }, ending(step.text)));
  return element("span", { class: "what" }, step.text);
}

export function ending(kind: string): string {
  const key = `ending.${kind}`;
  const text = t(key as Key);
  return text === key ? kind : text;
}

/** "1,204 words · 6 min" up to here, nothing at the very start; a span from the least to the most when the lanes come with different ones. */
function soFar(steps: readonly Step[]): string {
  const counts = steps.map((step) => step.words);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  if (most === 0) return "";
  const read = least === most ? tn("count.words", most) : t("step.words.span", { least: number(least), most: number(most) });
  const seconds = Math.max(...steps.map((step) => step.seconds));
  return seconds < 45 ? read : `${read} · ${minutes(seconds)}`;
}

function alternatives(step: Step, lanes: number[], actions: StepActions): HTMLElement | "" {
  if (step.others.length === 0) return "";
  const list = element("span", { class: "others" }, element("span", { class: "or" }, t("step.or")));
  const offers = actions.offers(lanes);
  for (const other of step.others) {
    if (!offers) {
      list.append(element("span", { class: other.never ? "other-text never" : "other-text", title: other.never }, other.text || "…"));
      continue;
    }
    const button = element("button", { type: "button", tabindex: "-1", class: other.never ? "other never" : "other", title: other.never || t("step.instead") }, other.text || "…");
    button.addEventListener("click", () => actions.instead(lanes, step, other));
    list.append(button);
  }
  return list;
}

/** A row; `steps` are the same step in each lane of the band, `also` says who else has it further aside. */
export function stepRow(steps: readonly Step[], lanes: number[], also: HTMLElement | "", actions: StepActions): HTMLLIElement {
  const step = steps[0]!;
  const place = step.file ? `${step.file}:${step.line}` : "";
  const spoken = element("span", { class: "unseen" }, `${t(`kind.${step.kind}`)} `);
  const button = element("button", { type: "button", class: "step", tabindex: "-1", "data-key": step.key, "data-lane": String(lanes[0]), "data-file": step.file, "data-line": String(step.line), "data-label": step.label, title: place },
    spoken, element("span", { class: "sign", "aria-hidden": "true" }), words(step));
  button.append(also);
  if (step.kind === "label" || step.kind === "end") button.append(element("span", { class: "so-far" }, soFar(steps)));
  return element("li", { class: `row row-${step.kind}` }, button, alternatives(step, lanes, actions));
}
