// SPDX-License-Identifier: MIT
// The page's colours for the canvas, as plain data that a worker can have.

export interface Palette {
  ground: string; surface: string; raised: string; ink: string; soft: string; line: string; accent: string;
  accentInk: string; tint: string; glow: string; good: string; warn: string; bad: string; added: string;
  cut: string; altered: string; dark: boolean; font: string;
  /** One for each ending, in their order. */
  routes: string[];
}

const names = {
  ground: "ground", surface: "surface", raised: "raised", ink: "ink", soft: "soft", line: "line", accent: "accent",
  accentInk: "accent-ink", tint: "tint", glow: "glow", good: "good", warn: "warn", bad: "bad", added: "added",
  cut: "cut", altered: "altered",
} as const;

// Neighbours in this list are far apart for most eyes; behind it the golden angle goes on.
const hues = [212, 152, 30, 316, 186, 264, 62, 340, 110, 236, 290, 12];

export function routeColour(index: number, dark: boolean): string {
  const hue = hues[index] ?? Math.round((index * 137.508) % 360);
  const far = index >= hues.length && index % 2 === 1;
  const bright = hue > 35 && hue < 200; // yellow to cyan look lighter than they are told to be
  const light = dark ? (far ? 77 : 68) - (bright ? 6 : 0) : (far ? 34 : 43) - (bright ? 12 : 0);
  return `hsl(${hue} ${far ? 42 : 62}% ${light}%)`;
}

export function isDark(): boolean {
  const theme = document.documentElement.dataset.theme;
  return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}

export function readPalette(from: Element, endings: number): Palette {
  const style = getComputedStyle(from);
  const dark = isDark();
  const colours = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, style.getPropertyValue(`--${name}`).trim() || "#888"]));
  return {
    ...(colours as Record<keyof typeof names, string>), dark, font: style.fontFamily || "sans-serif",
    routes: Array.from({ length: endings }, (_, index) => routeColour(index, dark)),
  };
}

/** Calls back when light turns dark or back; answers how to stop. */
export function onThemeChange(changed: () => void): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const watcher = new MutationObserver(changed);
  query.addEventListener("change", changed);
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    query.removeEventListener("change", changed);
    watcher.disconnect();
  };
}
