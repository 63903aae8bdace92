// SPDX-License-Identifier: MIT
// The pages' texts, by key, in the language of the reader: ?lang=, else what the browser asks for.
// `{name}` is filled in; a key with `.one` and `.other` behind it is counted by tn().
import { en } from "./words/en";

type Table = Readonly<Record<string, string>>;
export type Key = keyof typeof en;
type Counted = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;

const languages: Readonly<Record<string, () => Promise<Table>>> = {
  de: async () => (await import("./words/de")).de,
};

function chosen(): string {
  const asked = new URLSearchParams(location.search).get("lang");
  for (const tag of [...(asked ? [asked] : []), ...navigator.languages]) {
    const short = tag.toLowerCase().split("-")[0]!;
    if (short === "en" || short in languages) return short;
  }
  return "en";
}

export const language = chosen();
const table: Table = { ...en, ...(await languages[language]?.().catch(() => ({}))) };
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

export const number = (value: number): string => numbers.format(value);

export function t(key: Key, values: Record<string, string | number> = {}): string {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

/** With `{count}`: "1 word", "1,234 words". */
export function tn(key: Counted, count: number, values: Record<string, string | number> = {}): string {
  const form = `${key}.${plurals.select(count)}` in table ? plurals.select(count) : "other";
  return t(`${key}.${form}` as Key, { count, ...values });
}

/** Reading time in words: "about 12 min", "under a minute". */
export function minutes(seconds: number): string {
  return seconds < 45 ? t("time.short") : seconds < 5400 ? t("time.minutes", { count: Math.round(seconds / 60) })
    : t("time.hours", { hours: Math.floor(seconds / 3600), minutes: Math.round((seconds % 3600) / 60) });
}

/** Texts that stand in the HTML: data-t names their key, data-t-title and data-t-label an attribute's. */
export function translate(root: ParentNode = document): void {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll<HTMLElement>("[data-t]")) node.textContent = t(node.dataset.t as Key);
  for (const node of root.querySelectorAll<HTMLElement>("[data-t-title]")) node.title = t(node.dataset.tTitle as Key);
  for (const node of root.querySelectorAll<HTMLElement>("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel as Key));
  for (const node of root.querySelectorAll<HTMLElement>("[data-t-hint]")) node.setAttribute("placeholder", t(node.dataset.tHint as Key));
}
