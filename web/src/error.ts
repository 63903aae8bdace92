// SPDX-License-Identifier: MIT
// The error page's Go Back button; inline handlers are not allowed here. Its code is shown, too.
import { element } from "./dom";
import { applyTheme, keepLook } from "./theme";

applyTheme();

/** What HTTP says of this page; 0 where the browser does not tell. */
function httpStatus(): number {
  const [navigation] = performance.getEntriesByType("navigation") as (PerformanceNavigationTiming & { responseStatus?: number })[];
  return navigation?.responseStatus ?? 0;
}

for (const box of document.querySelectorAll<HTMLElement>(".error-box")) {
  const title = box.querySelector(".error-title");
  title?.setAttribute("role", "heading");
  title?.setAttribute("aria-level", "1");
  const status = httpStatus();
  const code = [box.dataset.code ?? "", status >= 400 ? `HTTP ${status}` : ""].filter(Boolean).join(" · ");
  if (code !== "") title?.after(element("p", { class: "error-code" }, code));
  box.querySelector("button")?.addEventListener("click", () => (history.length > 1 ? history.back() : location.assign(keepLook("/"))));
}
for (const link of document.querySelectorAll<HTMLAnchorElement>(".error-ways a")) link.href = keepLook(link.getAttribute("href")!);
