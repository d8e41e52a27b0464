import { expect, test } from "vitest";
import { armMarker } from "./marks";
import { themed } from "./roles";

const palette = { arm0: "#0072b2", text: "#14171c" };

test("roles become the theme's colours, with their opacity", () => {
  const drawn = themed({ line: { color: "role:arm0/0.25" }, font: { color: "role:text" } }, palette);
  expect(drawn).toEqual({ line: { color: "rgba(0,114,178,0.25)" }, font: { color: "#14171c" } });
});

test("numbers, names that look like roles, and the palettes themselves stay as they are", () => {
  const x = [1, 2, null];
  const figure = { x, name: "role: a name", meta: { roles: { light: { text: "role:text" } } } };
  const drawn = themed(figure, palette);
  expect(drawn).toEqual(figure);
  expect(drawn.x).toBe(x);
});

test("an unknown role is drawn in the colour of text", () => {
  expect(themed(["role:later"], palette)).toEqual(["#14171c"]);
});

test("arms ten apart share a marker", () => {
  expect(armMarker(10)).toBe(armMarker(0));
  expect(armMarker(1)).toBe("square");
});
