import { expect, test } from "vitest";
import { fitting } from "./commands";

const all = ["Go to studies", "New study", "Use the dark theme"].map((name) => ({ name }));

test("commands are found by their start, their middle, and their letters in order", () => {
  expect(fitting(all, "new").map((c) => c.name)).toEqual(["New study"]);
  expect(fitting(all, "STUD").map((c) => c.name)).toEqual(["Go to studies", "New study"]);
  expect(fitting(all, "dkt").map((c) => c.name)).toEqual(["Use the dark theme"]);
  expect(fitting(all, "zzz")).toEqual([]);
  expect(fitting(all, " ")).toHaveLength(3);
});
