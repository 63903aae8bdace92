// SPDX-License-Identifier: MIT
// A command to take along.
import { element } from "../dom";
import { t } from "../words";

export function copyable(command: string): HTMLElement {
  const button = element("button", { type: "button", class: "quiet copy", "aria-label": `${t("action.copy")}: ${command}` }, t("action.copy"));
  button.addEventListener("click", async () => {
    // Not to be had on plain http beyond this machine: then the text is marked instead.
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = t("dash.copied");
      setTimeout(() => (button.textContent = t("action.copy")), 2000);
    } catch {
      getSelection()?.selectAllChildren(code);
    }
  });
  const code = element("code", {}, command);
  return element("div", { class: "command" }, code, button);
}
