// SPDX-License-Identifier: MIT
// The list of projects in the bar. With arrow keys one goes through the closed list, so these alone open none.
import { byId, element } from "../dom";
import { keepLook } from "../theme";
import type { View } from "./url";

export function offerProjects(names: string[], current: string, view: () => View): void {
  const select = byId<HTMLSelectElement>("projects");
  let browsing = false;
  select.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
  select.value = current;
  select.hidden = false;
  byId("project").hidden = true;
  const go = () => {
    if (select.value === current) return;
    location.assign(keepLook(`/pilot/view?project=${encodeURIComponent(select.value)}${view() === "lanes" ? "" : `&view=${view()}`}`));
  };
  select.addEventListener("keydown", (event) => {
    browsing = event.key !== "Enter";
    if (event.key === "Enter") go();
  });
  select.addEventListener("pointerdown", () => (browsing = false));
  select.addEventListener("change", () => {
    if (!browsing) go();
  });
  select.addEventListener("blur", go);
}
