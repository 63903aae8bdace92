// SPDX-License-Identifier: MIT
// The story beside the story as it was, at a commit or a snapshot: what was added and what was cut.
import { DaemonError } from "../api";
import { element } from "../dom";
import { t } from "../words";
import { fetchCompare, fetchRevisions } from "./api";
import { Comparison, type Compared } from "./comparison";
import { fetchDifference } from "./history_api";
import { offerRevisions, snapshotId, snapshotRevision, snapshots } from "./snapshots";

export interface ThenHost {
  project(): string;
  keepUrl(): void;
  openPlace(file: string, line: number): void;
  showOnMap(label: string): void;
  /** The path as it was and as it is (or was at `to`), in lanes. */
  sideBySide(before: string, after: string, revision: string, to: string): void;
  compareOnMap(revision: string): void;
}

export class ThenView {
  private readonly revisions = element("select", { id: "then-revision" });
  private readonly other = element("input", { type: "text", id: "then-other", placeholder: "HEAD~3, v1.0 …", autocomplete: "off", spellcheck: "false" });
  private readonly until = element("select", { id: "then-until" });
  private readonly onMap = element("button", { type: "button" }, t("then.on-map"));
  private readonly busy = element("p", { class: "hint", role: "status" });
  private readonly result = element("div", { class: "then-result" });
  private turn = 0;
  private usual = "HEAD"; // what is compared with when nobody chose
  revision = "";
  to = ""; // the later state; "": as it is now

  constructor(root: HTMLElement, private readonly host: ThenHost) {
    const field = (label: string, control: HTMLElement) => element("label", { class: "field" }, element("span", {}, label), control);
    const form = element("form", { class: "tools" },
      field(t("then.revision"), this.revisions), field(t("then.other"), this.other), field(t("then.until"), this.until),
      element("button", { type: "submit" }, t("then.compare")), this.onMap);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask(this.other.value.trim() || this.revisions.value, this.to);
    });
    this.revisions.addEventListener("change", () => {
      this.other.value = "";
      this.ask(this.revisions.value, this.to);
    });
    this.until.addEventListener("change", () => this.ask(this.revision, this.until.value));
    this.onMap.addEventListener("click", () => this.host.compareOnMap(this.from));
    root.append(form, this.busy, this.result);
  }

  private get from(): string {
    return this.revision || this.usual;
  }

  /** What is to be compared from now on; shown by the next refresh. */
  choose(revision: string, to: string): void {
    this.revision = revision;
    this.to = to;
    this.other.value = "";
  }

  /** Shown, or the story changed while it is. */
  async refresh(): Promise<void> {
    const listed = this.list();
    if (this.revision === "") await listed; // without commits it is a snapshot that is compared with
    await Promise.all([listed, this.compare()]);
  }

  private async list(): Promise<void> {
    const [rows, taken] = await Promise.all([fetchRevisions(this.host.project()).catch(() => null), snapshots.list()]);
    if (rows === null && taken.length === 0) return; // what was listed stays
    // The newest snapshot is mostly the story as it is now.
    const before = taken[1] ?? taken[0];
    this.usual = (rows ?? []).length === 0 && before ? snapshotRevision(before.id) : "HEAD";
    const commits = rows ?? [];
    offerRevisions(this.revisions, ["HEAD", t("then.last")], commits, taken, this.from);
    offerRevisions(this.until, ["", t("then.after")], commits, taken, this.to);
    const listed = this.revisions.value === this.from;
    if (!listed && document.activeElement !== this.other) this.other.value = this.revision;
  }

  private ask(revision: string, to: string): void {
    this.revision = revision;
    this.to = to;
    this.host.keepUrl();
    void this.compare();
  }

  /** Between snapshots the daemon tells more. */
  private fetch(): Promise<Compared> {
    const [from, to] = [snapshotId(this.from), snapshotId(this.to)];
    if (from !== null && (this.to === "" || to !== null)) return fetchDifference(this.host.project(), from, to);
    return fetchCompare(this.host.project(), this.from, this.to);
  }

  private async compare(): Promise<void> {
    const turn = ++this.turn;
    this.onMap.disabled = this.to !== ""; // the map is of now
    this.wait(true);
    try {
      const reply = await this.fetch();
      if (turn === this.turn) this.show(reply);
    } catch (error) {
      if (turn !== this.turn) return;
      const known = error instanceof DaemonError;
      this.result.replaceChildren(element("div", { class: "state" }, element("h2", {}, known ? error.message : t("then.failed")), element("p", {}, known ? error.suggestion : String(error))));
    } finally {
      if (turn === this.turn) this.wait(false);
    }
  }

  private wait(busy: boolean): void {
    this.result.setAttribute("aria-busy", String(busy));
    this.busy.textContent = busy ? t("then.comparing") : "";
  }

  private show(reply: Compared): void {
    const [revision, to] = [this.from, this.to];
    const commit = (side: object) => ("commit" in side ? String(side.commit) : "");
    const name = (asked: string, side: object) => {
      const cell = element("span", { class: "then-side" });
      if (asked === "") cell.textContent = t("then.after");
      else snapshots.say(snapshotId(asked) === null ? commit(side) || asked : asked, (text) => (cell.textContent = text));
      return cell;
    };
    const before = snapshotId(revision) === null ? element("span", {}, t("then.before", { commit: commit(reply.before).slice(0, 8) })) : name(revision, reply.before);
    const comparison = new Comparison({
      openPlace: (file, line) => this.host.openPlace(file, line),
      showOnMap: (label) => this.host.showOnMap(label),
      sideBySide: (one, two) => this.host.sideBySide(one, two, revision, to),
    }, { before, after: name(to, reply.after), now: to === "" });
    this.result.replaceChildren(...comparison.draw(reply));
  }
}
