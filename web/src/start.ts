// SPDX-License-Identifier: MIT
// The start page: the registered projects, each with its link to PILOT.
import { fetchProjects, type ProjectRow } from "./api";
import { byId, element, plural } from "./dom";

function card(project: ProjectRow): HTMLElement {
  const link = element("a", { href: `/pilot/view?project=${encodeURIComponent(project.alias)}` }, project.title);
  const facts = project.state === "failed" ? project.problem ?? "The story could not be read" :
    project.state === "analysing" ? "being read…" : [plural(project.labels, "label"), plural(project.paths, "path"), plural(project.problems, "problem")].join(" · ");
  return element("li", { class: `project project-${project.state}` }, element("h2", {}, link), element("p", {}, facts), element("p", { class: "root" }, project.root));
}

async function show(): Promise<void> {
  const list = byId("projects");
  try {
    const projects = await fetchProjects();
    list.replaceChildren(...projects.map(card));
    byId("none").hidden = projects.length > 0;
  } catch (error) {
    list.replaceChildren(element("li", { class: "project project-failed" }, String((error as Error).message)));
  }
}

void show();
