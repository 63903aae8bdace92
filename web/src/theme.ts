// SPDX-License-Identifier: MIT
// Light or dark when somebody says so: ?theme=, or the editor whose webview holds the page.

type Theme = "light" | "dark";

const isTheme = (value: unknown): value is Theme => value === "light" || value === "dark";

function set(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

export function applyTheme(): void {
  const asked = new URLSearchParams(location.search).get("theme");
  if (isTheme(asked)) set(asked);
  addEventListener("message", (event) => {
    if (!event.origin.startsWith("vscode-webview://")) return;
    if (event.data?.type === "bpyd.theme" && isTheme(event.data.theme)) set(event.data.theme);
  });
}

/** A link to another of our pages, which is to look and speak as this one does. */
export function keepLook(target: string): string {
  const [path, query = ""] = target.split("?");
  const kept = new URLSearchParams(query);
  const here = new URLSearchParams(location.search);
  for (const name of ["theme", "lang"]) {
    const value = here.get(name);
    if (value !== null && !kept.has(name)) kept.set(name, value);
  }
  return kept.size > 0 ? `${path}?${kept}` : target;
}
