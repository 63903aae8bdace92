// SPDX-License-Identifier: MIT
// Mermaid writes <style> elements and style attributes; our Content-Security-Policy allows
// neither. While it draws, both are led to where the policy has no objection: constructed style
// sheets and the CSS object model. Sizes are measured with the right fonts that way, too.

const sheets = new Map<string, CSSStyleSheet>();

/** The rules of drawing `key`, replaced when it is drawn again. */
function adopt(key: string, rules: string): void {
  let sheet = sheets.get(key);
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheets.set(key, sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }
  sheet.replaceSync(rules);
}

export function dropStyles(key: string): void {
  const sheet = sheets.get(key);
  if (sheet === undefined) return;
  sheets.delete(key);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
}

const parked = "data-style";

/** Markup with its style attributes under another name, so that parsing it applies none. */
const park = (markup: string): string => markup.replace(/(<[^>]*?\s)style=/g, `$1${parked}=`);

interface Patch {
  undo(): void;
}

function replace<T extends object, K extends keyof T>(owner: T, name: K, value: T[K]): Patch {
  const before = owner[name];
  owner[name] = value;
  return { undo: () => void (owner[name] = before) };
}

/** Style elements become inert templates whose text goes to a constructed sheet. */
function patchStyleElements(key: string): Patch {
  const createElement = document.createElement;
  return replace(document, "createElement", function (this: Document, name: string, options?: ElementCreationOptions) {
    if (name.toLowerCase() !== "style") return createElement.call(document, name, options);
    const element = createElement.call(document, "template");
    Object.defineProperty(element, "innerHTML", { set: (rules: string) => adopt(key, rules), get: () => "" });
    return element;
  } as typeof document.createElement);
}

function patchSetAttribute(): Patch {
  const setAttribute = Element.prototype.setAttribute;
  return replace(Element.prototype, "setAttribute", function (this: Element, name: string, value: string): void {
    const styled = this as unknown as ElementCSSInlineStyle;
    if (name === "style" && styled.style) styled.style.cssText = String(value);
    else setAttribute.call(this, name, value);
  });
}

function patchParsing(): Patch[] {
  const parse = DOMParser.prototype.parseFromString;
  const inner = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML")!;
  Object.defineProperty(Element.prototype, "innerHTML", {
    ...inner,
    set(this: Element, markup: string) {
      inner.set!.call(this, park(String(markup)));
    },
  });
  return [
    replace(DOMParser.prototype, "parseFromString", function (this: DOMParser, text: string, type: DOMParserSupportedType) {
      return parse.call(this, park(String(text)), type);
    } as typeof parse),
    { undo: () => Object.defineProperty(Element.prototype, "innerHTML", inner) },
  ];
}

/** Without HTML labels Mermaid leaves entities in the labels of edges undecoded, and measures and
 * wraps them so. What it writes as text is text here, in every label. */
function patchText(): Patch {
  const text = Object.getOwnPropertyDescriptor(Node.prototype, "textContent")!;
  Object.defineProperty(Node.prototype, "textContent", {
    ...text,
    set(this: Node, value: unknown) {
      text.set!.call(this, typeof value !== "string" ? value : value.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))));
    },
  });
  return { undo: () => Object.defineProperty(Node.prototype, "textContent", text) };
}

/** Runs `draw`; one at a time, since it bends the document while it runs. */
export async function withStrictStyles<T>(key: string, draw: () => Promise<T>): Promise<T> {
  const patches = [patchStyleElements(key), patchSetAttribute(), patchText(), ...patchParsing()];
  try {
    return await draw();
  } finally {
    for (const patch of patches) patch.undo();
  }
}

/** SVG text as an element of this document, its style attributes set through the object model. */
export function importSvg(text: string): SVGSVGElement {
  const parsed = new DOMParser().parseFromString(park(text), "image/svg+xml").documentElement;
  const svg = document.importNode(parsed, true) as unknown as SVGSVGElement;
  for (const element of [svg, ...svg.querySelectorAll<SVGElement>(`[${parked}]`)]) {
    const style = element.getAttribute(parked);
    if (style !== null) element.style.cssText = style;
    element.removeAttribute(parked);
  }
  return svg;
}
