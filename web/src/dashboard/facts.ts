// SPDX-License-Identifier: MIT
// What runs: the daemon's work and its vital signs.
import { byId } from "../dom";
import { t } from "../words";
import type { Status } from "./api";
import { dated, lasting, mebibytes } from "./say";

export class Facts {
  private since = 0;

  work(busy: boolean, message: string): void {
    const work = byId("work");
    work.dataset.state = busy ? "busy" : "idle";
    work.textContent = busy ? message.replace(/^analyse (.*)$/, (_, alias: string) => t("dash.work.analyse", { alias })) : t("dash.work.idle");
  }

  /** The daemon is not there: nothing is known of its work. */
  lost(): void {
    const work = byId("work");
    work.dataset.state = "lost";
    work.textContent = t("dash.work.lost");
    this.since = 0;
  }

  show(status: Status): void {
    this.since = Date.now() - status.uptime_seconds * 1000;
    byId("uptime").title = dated(Date.parse(status.started_at));
    byId("version").textContent = status.version;
    byId("version").title = t("dash.pid", { pid: String(status.pid), profile: status.profile });
    byId("memory").textContent = mebibytes(status.memory_kib);
    byId("ports").textContent = `${status.http_port} · ${status.ws_port}`;
    byId("ports").title = t("dash.ports.title", { host: status.host, http: String(status.http_port), ws: String(status.ws_port) });
    this.tick();
  }

  tick(): void {
    if (this.since > 0) byId("uptime").textContent = lasting((Date.now() - this.since) / 1000);
  }
}
