// SPDX-License-Identifier: MIT
// What must have happened before a place of the story, in words.
import { element } from "../dom";
import { t } from "../words";
import type { MapHost } from "./types";

type Answer = Awaited<ReturnType<MapHost["requirements"]>>;

export async function showRequirements(into: HTMLElement, asked: Promise<Answer>): Promise<void> {
  into.replaceChildren(element("p", { class: "map-soft" }, t("map.requirements.asking")));
  try {
    into.replaceChildren(...told(await asked));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    into.replaceChildren(element("p", { class: "map-reason" }, t("map.requirements.failed", { why: text })));
  }
}

function told(answer: Answer): HTMLElement[] {
  if (!answer.reachable) return [element("p", { class: "map-reason" }, answer.never ? t("map.never", { why: answer.never }) : t("map.unreachable.long"))];
  const parts: HTMLElement[] = [];
  if (answer.choices.length > 0) {
    parts.push(element("h3", {}, t("map.requirements.choices")),
      element("ol", {}, ...answer.choices.map(({ text, label }) => element("li", {}, text, element("span", { class: "map-soft" }, ` ${label}`)))));
  }
  if (answer.conditions.length > 0) {
    parts.push(element("h3", {}, t("map.requirements.conditions")),
      element("ul", {}, ...answer.conditions.map(({ text }) => element("li", {}, element("code", {}, text)))));
  }
  return parts.length > 0 ? parts : [element("p", {}, t("map.requirements.none"))];
}
