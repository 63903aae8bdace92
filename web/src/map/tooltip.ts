// SPDX-License-Identifier: MIT
// What the card or the choice under the pointer says in full.
import { element } from "../dom";
import { t } from "../words";
import { pinHeight } from "./lines";
import type { MapLabel, MapPin } from "./types";

export class Tooltip {
  readonly root = element("div", { class: "map-tip", "aria-hidden": "true", hidden: "" });

  hide(): void {
    this.root.hidden = true;
  }

  show(x: number, y: number, label: MapLabel, pin: MapPin | null, room: { width: number; height: number }): void {
    const lines = [element("strong", {}, label.name)];
    const add = (text: string, kind = "") => lines.push(element("span", { class: kind }, text));
    if (label.kind === "planned") add(t("map.planned"));
    else if (!label.reachable) add(t("map.unreachable.long"));
    if (pin !== null) {
      add(`“${pin.text}”`);
      if (pin.condition !== "") add(`${t("map.when")}${pin.condition}`, "map-condition");
      if (pin.never !== "") add(t("map.never", { why: pin.never }), "map-reason");
    }
    this.root.replaceChildren(...lines);
    this.root.hidden = false;
    const left = Math.max(4, Math.min(x + 14, room.width - this.root.offsetWidth - 6));
    const top = y + 18 + this.root.offsetHeight > room.height ? y - this.root.offsetHeight - 10 : y + 18;
    this.root.style.transform = `translate(${Math.round(left)}px, ${Math.round(Math.max(4, top))}px)`;
  }
}

/** The choice at a height below the card's upper edge. */
export function pinAt(label: MapLabel, y: number): MapPin | null {
  return label.pins.find((pin) => y >= pin.y && y < pin.y + pinHeight(pin.rows)) ?? null;
}
