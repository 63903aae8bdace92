// SPDX-License-Identifier: MIT
// The export menu and the help.
import { byId, element } from "../dom";
import { t, type Key } from "../words";
import { exportUrl } from "./api";

export interface MenuHost {
  project(): string;
  /** The path of the first lane, when it is one of the story's. */
  lanePath(): string;
  savePng(): Promise<void>;
}

const forms: [string, Key][] = [["svg", "export.svg"], ["dot", "export.dot"], ["mermaid", "export.mermaid"], ["json", "export.json"], ["csv", "export.csv"]];

function link(href: string, text: string): HTMLElement {
  return element("li", {}, element("a", { href, download: "", class: "menu-item" }, text));
}

export function exportMenu(host: MenuHost): void {
  const button = byId("export-button");
  const list = byId("export-menu");
  const show = (open: boolean) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const png = element("button", { type: "button", class: "menu-item" }, t("export.png"));
    png.addEventListener("click", () => {
      show(false);
      void host.savePng();
    });
    const path = host.lanePath();
    list.replaceChildren(...forms.map(([form, key]) => link(exportUrl(host.project(), form), t(key))), element("li", {}, png),
      ...(path ? [link(exportUrl(host.project(), "mermaid", path), t("export.path", { path }))] : []));
    list.querySelector<HTMLElement>(".menu-item")?.focus();
  };
  button.addEventListener("click", () => show(list.hidden !== false));
  button.parentElement!.addEventListener("focusout", (event) => {
    const next = event.relatedTarget as Node | null; // none: the page lost the focus, or a click that pointerdown tells
    if (next !== null && !button.parentElement!.contains(next)) show(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    show(false);
    button.focus();
  });
  list.addEventListener("click", (event) => {
    if ((event.target as HTMLElement).closest("a")) show(false);
  });
  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll<HTMLElement>(".menu-item")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]!.focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!(event.target as HTMLElement).closest(".menu")) show(false);
  });
}

const keys: [string, Key][] = [
  ["1 2 3 4 5", "help.views"], ["?", "help.help"], ["a", "help.add"], ["↑ ↓ Home End", "help.rows"], ["← →", "help.beside"], ["Enter", "help.open"],
  ["c", "help.copy"], ["m", "help.map"], ["p", "help.play"], ["/", "help.search"], ["+ − 0", "help.zoom"], ["Alt ↑ ↓ ← →", "help.neighbours"], ["f n", "help.follow"], ["← → + − 0", "help.charts"],
];

export function helpDialog(): { toggle(): void } {
  const dialog = byId<HTMLDialogElement>("help");
  byId("help-keys").replaceChildren(...keys.flatMap(([key, text]) => [element("dt", {}, ...key.split(" ").map((one) => element("kbd", {}, one))), element("dd", {}, t(text))]));
  const toggle = () => (dialog.open ? dialog.close() : dialog.showModal());
  byId("help-button").addEventListener("click", toggle);
  byId("help-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return { toggle };
}
