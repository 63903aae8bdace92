// SPDX-License-Identifier: MIT
// Snapshots stand wherever a revision may, as "snapshot:12"; readers see a name or a date.
import { element } from "../dom";
import { language, t } from "../words";
import type { Revision } from "./api";
import { fetchSnapshot, fetchSnapshots, type Snapshot } from "./history_api";

const form = /^snapshot:(\d+)$/;
const when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

export const dated = (taken: string | number): string => when.format(new Date(taken));
export const snapshotRevision = (id: number): string => `snapshot:${id}`;
export const snapshotName = (row: { name: string; taken: string }): string => row.name || dated(row.taken);

/** The snapshot's number, when the revision is one. */
export function snapshotId(revision: string): number | null {
  const found = form.exec(revision);
  return found ? Number(found[1]) : null;
}

/** A revision in few letters; a snapshot's name takes what `Snapshots.say` knows. */
export const shortRevision = (revision: string): string => (snapshotId(revision) === null ? revision.slice(0, 8) : t("snapshot.number", { id: String(snapshotId(revision)) }));

class Snapshots {
  private readonly known = new Map<number, Snapshot>();
  private project = "";

  /** Numbers belong to a project. */
  of(project: string): void {
    if (this.project !== project) this.known.clear();
    this.project = project;
  }

  learn(rows: readonly Snapshot[]): void {
    for (const row of rows) this.known.set(row.id, row);
  }

  /** The newest ones and all with a name, newest first; none when history is switched off. */
  async list(): Promise<Snapshot[]> {
    const pages = await Promise.all([fetchSnapshots(this.project, 0, 100), fetchSnapshots(this.project, 0, 500, true)]).catch(() => []);
    const rows = new Map(pages.flatMap((page) => page.snapshots).map((row) => [row.id, row]));
    this.learn([...rows.values()]);
    return [...rows.values()].sort((a, b) => b.id - a.id);
  }

  /** Puts what the reader calls this revision: at once, and again when the daemon said its name. */
  say(revision: string, put: (text: string) => void): void {
    const id = snapshotId(revision);
    const row = id === null ? undefined : this.known.get(id);
    put(row ? snapshotName(row) : shortRevision(revision));
    if (id === null || row) return;
    void fetchSnapshot(this.project, id).then((found) => {
      this.learn([found]);
      put(snapshotName(found));
    }, () => undefined); // gone: its number is all there is to say
  }
}

export const snapshots = new Snapshots();

/** Commits and snapshots as a list to choose from; what is chosen and not among them stands there, too. */
export function offerRevisions(select: HTMLSelectElement, first: [string, string], commits: readonly Revision[], rows: readonly Snapshot[], chosen: string): void {
  const option = (value: string, text: string) => element("option", { value }, text);
  const group = (label: string, options: HTMLElement[]) => (options.length > 0 ? [element("optgroup", { label }, ...options)] : []);
  const id = snapshotId(chosen);
  const named = rows.map((row) => option(snapshotRevision(row.id), row.name ? `${row.name} · ${dated(row.taken)}` : dated(row.taken)));
  if (id !== null && !rows.some((row) => row.id === id)) {
    const late = option(chosen, shortRevision(chosen));
    snapshots.say(chosen, (text) => (late.textContent = text));
    named.push(late);
  }
  select.replaceChildren(option(...first), ...group(t("snapshot.many"), named),
    ...group(t("then.commits"), commits.map((row) => option(row.commit, `${row.commit.slice(0, 8)} · ${dated(row.date)} · ${row.subject}`))));
  select.value = [...select.options].some((one) => one.value === chosen) ? chosen : first[0];
}
