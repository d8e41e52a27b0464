import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { armColour, armMarker, MARKER_POINTS, MARKERS } from "./marks";
import { ROLE_NAMES } from "./roles";
import shared from "./shared.json";

const SHEET = readFileSync(join(import.meta.dirname, "../styles/tokens.css"), "utf8");

/** The custom properties of one rule of a style sheet. */
function tokensOf(sheet: string, selector: string): Map<string, string> {
  const body = sheet.split(`${selector} {`)[1]?.split("}")[0] ?? "";
  return new Map([...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = "", value = ""]) => [name, value]));
}

test.each(["light", "dark"] as const)("the %s theme has the colours of the service's figures", (theme) => {
  const tokens = tokensOf(SHEET, theme === "light" ? ":root" : ':root[data-theme="dark"]');
  const roles: Record<string, string> = shared.themes[theme];
  for (const [role, colour] of Object.entries(roles)) {
    const token = /^arm(\d)$/.exec(role);
    const name = token === null ? ROLE_NAMES[role] : `--arm-${token[1]}`;
    expect([role, tokens.get(name ?? "")]).toEqual([role, colour.toLowerCase()]);
  }
  expect(Object.keys(roles)).toHaveLength(Object.keys(ROLE_NAMES).length + shared.armColours);
});

test("paper has the colours of the light theme", () => {
  const print = readFileSync(join(import.meta.dirname, "../styles/print.css"), "utf8");
  const light = tokensOf(SHEET, ":root");
  const arms = [...print.matchAll(/(--arm-\d):\s*([^;]+);/g)];
  expect(arms.length).toBeGreaterThan(0);
  for (const [, name = "", value] of arms) expect([name, value]).toEqual([name, light.get(name)]);
});

test("every marker of the service can be drawn, and arms repeat them in order", () => {
  expect(MARKERS.filter((marker) => marker !== "circle").toSorted()).toEqual(Object.keys(MARKER_POINTS).toSorted());
  expect([0, 1, MARKERS.length, MARKERS.length + 1].map(armMarker)).toEqual(["circle", "square", "circle", "square"]);
  expect([0, 7, 8].map(armColour)).toEqual(["var(--arm-0)", "var(--arm-7)", "var(--arm-0)"]);
});
