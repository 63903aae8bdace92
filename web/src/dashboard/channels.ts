// SPDX-License-Identifier: MIT
// Who is connected and what goes by on which channel.
import { byId, element } from "../dom";
import { number, t, tn } from "../words";
import type { Channel, Stats } from "./api";
import { Rate, samples } from "./rates";
import { perSecond } from "./say";
import { Spark } from "./spark";

export const ownDoors = 3; // this page's own connections: /ws, /ws/status and /ws/logs
const mostRows = 200;

class Row {
  readonly rate = new Rate();
  private readonly spark = new Spark(samples);
  private readonly count = element("td", { class: "count" });
  private readonly seq = element("td", { class: "count" });
  private readonly speed = element("td", { class: "count rate" });
  readonly root: HTMLTableRowElement;

  constructor(channel: Channel) {
    const name = element("th", { scope: "row", title: channel.purpose }, element("code", {}, channel.channel));
    this.root = element("tr", {}, name, this.count, this.seq, element("td", { class: "spark-cell" }), this.speed);
    this.root.dataset.channel = channel.channel;
    this.root.querySelector(".spark-cell")!.append(this.spark.root);
  }

  show(channel: Channel): void {
    this.count.textContent = number(channel.subscribers);
    this.seq.textContent = number(channel.seq);
    this.speed.textContent = perSecond(this.rate.now);
    this.root.toggleAttribute("data-busy", this.rate.now > 0);
    this.spark.show(this.rate.values);
  }
}

export class Channels {
  private readonly rows = new Map<string, Row>();
  private readonly total = new Spark(samples);
  private readonly totals: number[] = [];
  private looked = false;

  constructor() {
    byId("total-spark").append(this.total.root);
  }

  show(channels: Channel[], stats: Stats): void {
    const now = performance.now();
    // Those that somebody hears come first, else in order of name: rows do not wander with every event.
    const active = channels.filter((channel) => channel.seq > 0 || channel.subscribers > 0)
      .sort((a, b) => Number(b.subscribers > 0) - Number(a.subscribers > 0));
    const names = new Set(active.map((channel) => channel.channel));
    for (const [name, row] of this.rows) if (!names.has(name)) { row.root.remove(); this.rows.delete(name); }
    let sum = 0;
    const body = byId("channels");
    active.forEach((channel, at) => {
      const row = this.rows.get(channel.channel) ?? this.enter(channel);
      row.rate.look(channel.seq, now);
      sum += row.rate.now;
      if (at >= mostRows) return row.root.remove();
      row.show(channel);
      if (body.children[at] !== row.root) body.insertBefore(row.root, body.children[at] ?? null);
    });
    if (this.looked) this.totals.push(sum);
    this.looked = true;
    this.totals.splice(0, this.totals.length - samples);
    this.total.show(this.totals);
    byId("total-rate").textContent = perSecond(sum);
    byId("clients").textContent = number(stats.total_connections);
    byId("clients-own").textContent = t("dash.clients.own", { count: Math.min(ownDoors, stats.total_connections) });
    byId("users").textContent = number(stats.total_users);
    byId("channels-more").textContent = active.length > mostRows ? t("dash.channels.more", { count: active.length - mostRows }) : "";
    this.showQuiet(channels.filter((channel) => !names.has(channel.channel)));
  }

  pause(): void {
    for (const row of this.rows.values()) row.rate.pause();
  }

  private enter(channel: Channel): Row {
    const row = new Row(channel);
    // What a channel that was not there a moment ago has counted came since.
    if (this.looked) row.rate.look(0, performance.now() - 3000);
    this.rows.set(channel.channel, row);
    return row;
  }

  private showQuiet(quiet: Channel[]): void {
    byId("quiet").hidden = quiet.length === 0;
    byId("quiet-count").textContent = tn("dash.quiet", quiet.length);
    const list = byId("quiet-list");
    const names = quiet.map((channel) => channel.channel).join("\n");
    if (list.dataset.names === names) return;
    list.dataset.names = names;
    list.replaceChildren(...quiet.map((channel) => element("li", {}, element("code", {}, channel.channel), element("span", {}, channel.purpose))));
  }
}
