// SPDX-License-Identifier: MIT
// A question before something is done: for a name, or whether it is meant. What goes wrong is said there,
// and can be mended there.
import { DaemonError } from "../api";
import { element } from "../dom";
import { t } from "../words";

export interface Question {
  title: string; text: string; action: string; dangerous?: boolean;
  /** A line to write in; absent: it is only a question. */
  line?: { label: string; value: string };
  /** Does it; the dialog stays open when it fails. */
  done(line: string): Promise<void>;
  /** Gives the focus to where it was, when that was drawn anew meanwhile. */
  back?(): void;
}

export function ask(question: Question): void {
  const input = question.line ? element("input", { type: "text", maxlength: "100", autocomplete: "off", value: question.line.value }) : null;
  const fault = element("p", { class: "ask-fault", role: "alert" });
  const cancel = element("button", { type: "button" }, t("action.cancel"));
  const go = element("button", { type: "submit", class: question.dangerous ? "danger" : "main" }, question.action);
  const form = element("form", { class: "ask", method: "dialog" },
    element("h2", { id: "ask-title" }, question.title), question.text ? element("p", { class: "hint" }, question.text) : "",
    input ? element("label", { class: "field" }, element("span", {}, question.line!.label), input) : "", fault,
    element("p", { class: "ask-actions" }, cancel, go));
  const dialog = element("dialog", { class: "dialog ask-dialog", "aria-labelledby": "ask-title" }, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.activeElement === document.body) question.back?.();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go.disabled = true;
    question.done(input?.value.trim() ?? "").then(() => dialog.close(), (error: unknown) => {
      fault.textContent = error instanceof DaemonError ? `${error.message}. ${error.suggestion}` : String(error);
      go.disabled = false;
      input?.focus();
    });
  });
  document.body.append(dialog);
  dialog.showModal();
  (input ?? cancel).focus();
  input?.select();
}
