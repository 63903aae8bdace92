// SPDX-License-Identifier: MIT
// What just happened, in a corner for a while; what went wrong stays longer.
import { byId, element } from "../dom";

export class Toasts {
  private readonly root = byId("toasts");

  say(text: string): void {
    this.show(text, "toast", 4000);
  }

  complain(text: string): void {
    this.show(text, "toast bad", 8000);
  }

  private show(text: string, kind: string, time: number): void {
    byId("live").textContent = text;
    const toast = element("p", { class: kind }, text);
    this.root.append(toast);
    setTimeout(() => toast.remove(), time);
  }
}
