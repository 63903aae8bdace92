// SPDX-License-Identifier: MIT
// Times, sizes and rates as people read them.
import { language, t, tn } from "../words";

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "narrow" });
const round = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const time = (millis: number): string => clock.format(millis);
export const dated = (millis: number): string => moment.format(millis);

export function ago(millis: number): string {
  const seconds = Math.max(0, (Date.now() - millis) / 1000);
  if (seconds < 3) return t("dash.justNow");
  if (seconds < 60) return relative.format(-Math.floor(seconds), "second");
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute");
  return relative.format(-Math.floor(seconds / 3600), "hour");
}

export function lasting(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return t("dash.seconds", { count: Math.floor(seconds) });
  if (minutes < 60) return t("time.minutes", { count: minutes });
  if (minutes < 1440) return t("time.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return t("dash.days", { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24 });
}

export function problemsInWords(errors: number, warnings: number): string {
  const told = [...(errors > 0 ? [tn("dash.errors", errors)] : []), ...(warnings > 0 ? [tn("dash.warnings", warnings)] : [])];
  return told.length > 0 ? told.join(", ") : t("dash.noProblems");
}

export const mebibytes = (kib: number): string => `${round.format(kib / 1024)} MiB`;

/** One digit behind the point up to ten a second; 0 is 0. */
export const perSecond = (rate: number): string => t("dash.perSecond", { rate: rate === 0 ? "0" : rate < 10 ? fine.format(Math.max(rate, 0.1)) : round.format(rate) });
