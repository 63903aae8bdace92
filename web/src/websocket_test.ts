// SPDX-License-Identifier: MIT
// The WebSocket test client: a door, channels, what is sent and everything that comes.
import { byId, element, plural } from "./dom";
import { type Channel, Link } from "./ws_link";
import { Log } from "./ws_log";
import { Meter } from "./ws_meter";
import { doors, isWildcard, jsonFault, matches, named, read, type Settings, spell, wscatLine } from "./ws_wire";

const mostSuggested = 8;
const mostTypes = 200;
const templates: Record<string, unknown> = {
  subscribe: { type: "subscribe", channels: ["missions", "pilot:*"] },
  publish: { type: "publish", channel: "missions", event: "mission_update", data: { id: 1 }, ack: true },
  ping: { type: "ping" },
  request: { type: "request", event: "subscribe", data: { channel: "missions" }, correlation_id: "r1" },
};

const field = (id: string): HTMLInputElement => byId<HTMLInputElement>(id);
const on = (id: string, event: string, act: (event: Event) => void): void => byId(id).addEventListener(event, act);

class Page {
  private readonly query = new URLSearchParams(location.search);
  private readonly status = byId("status");
  private readonly log = new Log(byId("scroller"), byId("list"), byId("counter"), byId<HTMLButtonElement>("newer"), byId("empty"));
  private readonly meter = new Meter(byId("rate"), document.querySelector<SVGPolylineElement>("#spark")!, byId("peak"));
  private readonly link: Link;
  private readonly chips = new Map<string, { root: HTMLElement; says: string }>();
  private readonly types = new Set<string>();
  private known: string[] = [];
  private frame = 0;
  private saving = 0;

  constructor() {
    this.restore();
    this.link = new Link(this.settings(), {
      onState: () => this.showState(),
      onChannels: () => this.plan(),
      onNote: (text, channel) => this.log.add({ direction: "note", raw: text, type: "", channel, seq: null, mark: "" }),
      onFrame: (direction, raw, message, mark) => {
        if (direction === "in") this.meter.count(raw);
        const channel = message.channel || named(message.body).join(" ");
        this.log.add({ direction, raw, type: message.type, channel, seq: message.seq, mark });
        if (message.type !== "" && this.types.size < mostTypes && !this.types.has(message.type)) {
          this.types.add(message.type);
          byId("heard-types").append(element("option", { value: message.type }));
        }
      },
    });
    this.link.subscribe(this.query.getAll("channel"));
    if (matchMedia("(max-width: 48rem)").matches) byId<HTMLDetailsElement>("publish-panel").open = false; // the messages come sooner
    this.listen();
    this.applyFilter();
    this.showDoor();
    this.showState();
    void this.fetchKnown();
    if (this.query.get("connect") === "1") this.connect();
  }

  private settings(): Settings {
    return {
      door: field("door").value, name: field("name").value.trim(), token: field("token").value, clientId: field("client-id").value.trim(),
      userId: field("user-id").value.trim(), compress: field("compress").checked,
    };
  }

  private restore(): void {
    const get = (name: string): string => this.query.get(name) ?? "";
    if (get("door") in doors) field("door").value = get("door");
    field("name").value = get("name");
    field("client-id").value = get("client_id");
    field("user-id").value = get("user_id");
    field("compress").checked = get("compress") === "1";
    for (const name of ["text", "channel", "type"]) field(`filter-${name}`).value = get(`filter_${name}`);
  }

  /** A link to this page opens the same view; the token stays out of it. */
  private keepUrl(): void {
    this.saving ||= window.setTimeout(() => {
      this.saving = 0;
      const { door, name, clientId, userId, compress } = this.settings();
      const query = new URLSearchParams({ door });
      const put = (key: string, value: string): void => {
        if (value !== "") query.append(key, value);
      };
      if (door === "/ws/channel") put("name", name);
      for (const channel of this.link.wanted()) put("channel", channel);
      put("client_id", clientId);
      put("user_id", userId);
      put("compress", compress ? "1" : "");
      for (const part of ["text", "channel", "type"]) put(`filter_${part}`, field(`filter-${part}`).value);
      put("connect", this.link.state === "closed" ? "" : "1");
      if (`?${query}` !== location.search) history.replaceState(null, "", `${location.pathname}?${query}`);
    }, 200);
  }

  private listen(): void {
    on("connection", "submit", (event) => {
      event.preventDefault();
      if (this.link.state === "closed") this.connect();
      else this.link.disconnect();
    });
    on("drop", "click", () => this.link.drop());
    for (const id of ["door", "name", "token", "client-id", "user-id", "compress"]) on(id, "input", () => this.showDoor());
    on("reconnect", "change", () => (this.link.reconnects = field("reconnect").checked));
    on("pong", "change", () => (this.link.answersPings = field("pong").checked));
    on("copy", "click", () => void this.copy());
    on("subscription", "submit", (event) => {
      event.preventDefault();
      this.subscribe();
    });
    on("subscribe-name", "focus", () => void this.fetchKnown());
    on("publication", "submit", (event) => {
      event.preventDefault();
      this.publish();
    });
    on("publish-data", "input", () => this.checkData());
    this.listenToSending();
    for (const id of ["filter-text", "filter-channel", "filter-type"]) on(id, "input", () => this.applyFilter());
    on("clear", "click", () => this.log.clear());
    on("pause", "click", () => {
      const pressed = byId("pause").getAttribute("aria-pressed") !== "true";
      byId("pause").setAttribute("aria-pressed", String(pressed));
      this.log.setPaused(pressed);
    });
  }

  private listenToSending(): void {
    on("sending", "submit", (event) => {
      event.preventDefault();
      if (this.checkMessage()) this.link.send(field("message").value);
    });
    on("message", "input", () => this.checkMessage());
    on("message", "keydown", (event) => {
      const { key, ctrlKey, metaKey } = event as KeyboardEvent;
      if (key === "Enter" && (ctrlKey || metaKey)) byId<HTMLFormElement>("sending").requestSubmit();
    });
    for (const button of document.querySelectorAll<HTMLElement>("[data-template]")) {
      button.addEventListener("click", () => {
        field("message").value = JSON.stringify(templates[button.dataset.template!], null, 2);
        this.checkMessage();
        field("message").focus();
      });
    }
  }

  private connect(): void {
    const settings = this.settings();
    if (settings.door === "/ws/channel" && settings.name === "") return field("name").focus();
    this.link.connect(settings);
    this.keepUrl();
  }

  private subscribe(): void {
    const input = field("subscribe-name");
    const names = input.value.split(/[\s,]+/).filter((name) => name !== "");
    const tooLong = names.find((name) => name.length > 128);
    input.setCustomValidity(tooLong === undefined ? "" : "A channel's name has at most 128 characters.");
    if (!input.reportValidity()) return input.setCustomValidity("");
    this.link.subscribe(names);
    input.value = "";
    this.keepUrl();
  }

  private publish(): void {
    if (!this.checkData()) return;
    const data = field("publish-data").value.trim();
    const event = field("publish-event").value.trim();
    // The data goes out as it was typed; only its place is made here.
    const place = "\u0000";
    const members: Record<string, unknown> = { channel: field("publish-channel").value.trim() };
    if (event !== "") members.event = event;
    if (data !== "") members.data = place;
    if (field("publish-ack").checked) members.ack = true;
    this.link.send(spell(this.link.settings, "publish", members).replace(JSON.stringify(place), () => data));
  }

  /** Says what is wrong below the field; an empty text is right for data. */
  private complain(id: string, faultId: string, fault: string, blocks: boolean): boolean {
    const box = byId(faultId);
    box.textContent = fault;
    box.hidden = fault === "";
    box.classList.toggle("mild", !blocks);
    if (fault !== "" && blocks) field(id).setAttribute("aria-invalid", "true");
    else field(id).removeAttribute("aria-invalid");
    return fault === "" || !blocks;
  }

  private checkData(): boolean {
    const data = field("publish-data").value.trim();
    return this.complain("publish-data", "publish-fault", data === "" ? "" : jsonFault(data), true);
  }

  private checkMessage(): boolean {
    const raw = field("message").value;
    const fault = jsonFault(raw);
    if (fault !== "") return this.complain("message", "message-fault", fault, true);
    return this.complain("message", "message-fault", read(raw).type === "" ? "Without a type the daemon answers with an error." : "", false);
  }

  private applyFilter(): void {
    this.log.setFilter({ text: field("filter-text").value, channel: field("filter-channel").value.trim(), type: field("filter-type").value.trim() });
    this.plan();
    this.keepUrl();
  }

  private async copy(): Promise<void> {
    const line = field("wscat");
    const said = byId("copied");
    try {
      await navigator.clipboard.writeText(line.value);
      said.textContent = "Copied.";
    } catch {
      line.focus();
      line.select();
      said.textContent = "The browser does not let this page copy. The line is selected: press Ctrl+C.";
    }
    said.hidden = false;
  }

  private showDoor(): void {
    byId("name-field").hidden = field("door").value !== "/ws/channel";
    field("name").required = field("door").value === "/ws/channel";
    this.showLine();
    this.keepUrl();
  }

  private showLine(): void {
    const line = wscatLine(this.settings(), this.link.wanted());
    if (field("wscat").value === line) return;
    field("wscat").value = line;
    byId("copied").hidden = true;
  }

  private showState(): void {
    const { state, attempt, connectionId, opened } = this.link;
    this.status.dataset.state = state;
    byId("status-text").textContent = { closed: "Not connected", connecting: "Connecting…", live: "Connected", lost: `Reconnecting… attempt ${attempt}` }[state];
    const since = `since ${new Date(opened).toTimeString().slice(0, 8)}`;
    byId("status-more").textContent = state === "live" ? [connectionId, since].filter((part) => part !== "").join(" · ") : "";
    byId("connect").textContent = state === "closed" ? "Connect" : "Disconnect";
    for (const id of ["drop", "publish", "send"]) byId<HTMLButtonElement>(id).disabled = state !== "live";
    for (const id of ["door", "name", "token", "client-id", "user-id", "compress"]) field(id).disabled = state !== "closed";
    if (state === "live") void this.fetchKnown();
    this.keepUrl();
  }

  /** The channels the daemon knows, as suggestions; without them the page works as well. */
  private async fetchKnown(): Promise<void> {
    try {
      const token = field("token").value;
      const answer = await fetch("/api/ws/channels", { headers: token === "" ? {} : { "X-BranchPy-Token": token } });
      if (!answer.ok) return;
      const rows: { channel: string; purpose?: string }[] = (await answer.json()).channels;
      this.known = rows.map((row) => row.channel);
      byId("channel-names").replaceChildren(...rows.map((row) => element("option", { value: row.channel, label: row.purpose ?? "" })));
      this.plan();
    } catch {
      // Not there: nothing to suggest.
    }
  }

  private plan(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.showChannels();
    });
  }

  private showChannels(): void {
    const { channels } = this.link;
    for (const [name, chip] of this.chips) {
      if (channels.has(name)) continue;
      chip.root.remove();
      this.chips.delete(name);
    }
    let made = false;
    for (const channel of channels.values()) {
      let chip = this.chips.get(channel.name);
      if (chip === undefined) {
        chip = { root: element("li", {}), says: "" };
        byId("chips").append(chip.root);
        this.chips.set(channel.name, chip);
        made = true;
      }
      this.fillChip(chip, channel);
    }
    if (made) byId("heard-channels").replaceChildren(...[...channels.keys()].map((name) => element("option", { value: name })));
    this.showSuggestions();
    this.showLine();
    this.keepUrl();
  }

  private heardBy(wildcard: string): number {
    let sum = 0;
    for (const channel of this.link.channels.values()) if (matches(wildcard, channel.name)) sum += channel.count;
    return sum;
  }

  private fillChip(chip: { root: HTMLElement; says: string }, channel: Channel): void {
    const { name, kind, last, missing, doubles, outcome } = channel;
    const count = isWildcard(name) ? this.heardBy(name) : channel.count;
    const chosen = field("filter-channel").value.trim() === name;
    const waits = kind !== "heard" && !channel.on;
    const says = JSON.stringify([kind, count, last, missing, doubles, outcome, chosen, waits]);
    if (chip.says === says) return;
    chip.says = says;
    const marks: [string, string][] = [];
    if (waits) marks.push(["", "waiting"]);
    if (outcome === "recovered") marks.push(["good", "recovered"]);
    if (outcome === "refetch") marks.push(["bad", "refetch needed"]);
    if (missing > 0) marks.push(["bad", `${missing.toLocaleString()} missing`]);
    if (doubles > 0) marks.push(["bad", plural(doubles, "double")]);
    const facts = [element("b", {}, count.toLocaleString()), element("span", { class: "seq" }, last === null || isWildcard(name) ? "" : `#${last}`)];
    const label = element("span", { class: "name" }, name);
    const parts = [label, ...facts, ...marks.map(([tone, word]) => element("span", { class: `mark ${tone}` }, word))];
    if (chip.root.firstElementChild === null) chip.root.append(...this.chipButtons(name));
    const [choose, leave] = chip.root.children as unknown as [HTMLElement, HTMLElement];
    chip.root.className = `chip ${kind}`;
    choose.setAttribute("aria-pressed", String(chosen));
    choose.replaceChildren(...parts);
    leave.hidden = kind === "heard";
  }

  private chipButtons(name: string): HTMLElement[] {
    const choose = element("button", { type: "button", class: "choose", title: "Show only this channel" });
    choose.addEventListener("click", () => {
      const filter = field("filter-channel");
      filter.value = filter.value.trim() === name ? "" : name;
      this.applyFilter();
    });
    const leave = element("button", { type: "button", class: "leave", "aria-label": `Unsubscribe from ${name}`, title: "Unsubscribe" }, "✕");
    leave.addEventListener("click", () => {
      this.link.unsubscribe(name);
      field("subscribe-name").focus();
    });
    return [choose, leave];
  }

  private showSuggestions(): void {
    const box = byId("suggestions");
    const names = this.known.filter((name) => (this.link.channels.get(name)?.kind ?? "heard") === "heard").slice(0, mostSuggested);
    box.hidden = names.length === 0;
    if (box.dataset.names === JSON.stringify(names)) return;
    box.dataset.names = JSON.stringify(names);
    box.replaceChildren(...names.map((name) => {
      const button = element("button", { type: "button" }, `+ ${name}`);
      button.addEventListener("click", () => {
        this.link.subscribe([name]);
        field("subscribe-name").focus();
      });
      return button;
    }));
  }
}

new Page();
