// SPDX-License-Identifier: MIT
// Which figures have a chart: a list that opens, with a tick for each.
import { element } from "../dom";
import { metrics, type Metric } from "../pilot/history_api";
import { t } from "../words";
import { metricName } from "./chart_look";

export const usualMetrics: readonly Metric[] = ["words", "problems", "endings"];

export function metricMenu(chosen: () => readonly Metric[], choose: (wanted: Metric[]) => void): HTMLElement {
  const button = element("button", { type: "button", "aria-expanded": "false", "aria-controls": "metric-list" }, t("history.metrics"));
  const boxes = metrics.map((metric) => {
    const box = element("input", { type: "checkbox", value: metric });
    box.addEventListener("change", () => {
      const wanted = metrics.filter((one) => boxes.find((other) => other.value === one)!.checked);
      if (wanted.length > 0) choose(wanted);
      else box.checked = true; // one stays
    });
    return box;
  });
  const list = element("div", { id: "metric-list", class: "menu-list metric-list", role: "group", "aria-label": t("history.metrics"), hidden: "" },
    ...boxes.map((box) => element("label", { class: "menu-item" }, box, metricName(box.value as Metric))));
  const menu = element("div", { class: "menu" }, button, list);
  const show = (open: boolean) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    for (const box of boxes) box.checked = chosen().includes(box.value as Metric);
    boxes[0]!.focus();
  };
  button.addEventListener("click", () => show(list.hidden !== false));
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = boxes.indexOf(document.activeElement as HTMLInputElement);
    if (event.key === "Escape" && !list.hidden) {
      show(false);
      button.focus();
    } else if (step !== undefined && at >= 0) {
      event.preventDefault();
      boxes[(at + step + boxes.length) % boxes.length]!.focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target as Node)) show(false);
  });
  menu.addEventListener("focusout", (event) => {
    const next = event.relatedTarget as Node | null;
    if (next !== null && !menu.contains(next)) show(false);
  });
  return menu;
}
