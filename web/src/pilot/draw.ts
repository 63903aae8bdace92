// SPDX-License-Identifier: MIT
// Mermaid, loaded when the first drawing is due and asked for one drawing at a time.
import { isDark, onThemeChange } from "../theme";
import { dropStyles, importSvg, withStrictStyles } from "./strict_styles";

type Mermaid = (typeof import("mermaid"))["default"];

let loading: Promise<Mermaid> | null = null;
let queue: Promise<unknown> = Promise.resolve();
let count = 0;

function configure(mermaid: Mermaid): Mermaid {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    htmlLabels: false,
    flowchart: { htmlLabels: false, useMaxWidth: true, curve: "basis", nodeSpacing: 30, rankSpacing: 40, wrappingWidth: 220 },
    theme: "base",
    // The label's name stands out, choices are readable where their line passes behind them.
    themeCSS: ".node rect { rx: 7px; ry: 7px; } .node text > tspan:first-child tspan, .edgeLabel text tspan { font-weight: 600; } .edgeLabel rect { opacity: 1 !important; }",
    themeVariables: isDark()
      ? { darkMode: true, background: "#1b1f27", primaryColor: "#2a3140", primaryTextColor: "#e8ebf1", primaryBorderColor: "#5b6b8c", lineColor: "#8b98b3", edgeLabelBackground: "#1b1f27", fontSize: "14px" }
      : { background: "#ffffff", primaryColor: "#eef2fb", primaryTextColor: "#1d2433", primaryBorderColor: "#8ea0c6", lineColor: "#6a7690", edgeLabelBackground: "#ffffff", fontSize: "14px" },
  });
  return mermaid;
}

function load(): Promise<Mermaid> {
  loading ??= import("mermaid").then((module) => configure(module.default), (error) => {
    loading = null; // the daemon went away in between: the next drawing tries again
    throw error;
  });
  return loading;
}

/** Called when the colour scheme changes: draw everything again afterwards. */
export function onSchemeChange(redraw: () => void): void {
  onThemeChange(() => {
    if (loading === null) return; // nothing was drawn yet
    loading = load().then(configure);
    redraw();
  });
}

export interface Drawing {
  svg: SVGSVGElement;
  drop(): void;
}

export function draw(text: string): Promise<Drawing> {
  const turn = queue.then(async (): Promise<Drawing> => {
    const mermaid = await load();
    const id = `drawing-${++count}`;
    try {
      const result = await withStrictStyles(id, () => mermaid.render(id, text));
      const svg = importSvg(result.svg);
      svg.setAttribute("aria-hidden", "true"); // the steps beneath say the same in words
      return { svg, drop: () => dropStyles(id) };
    } catch (error) {
      dropStyles(id);
      document.getElementById(`d${id}`)?.remove(); // what a failed attempt leaves behind
      throw error;
    }
  });
  queue = turn.catch(() => undefined);
  return turn;
}
