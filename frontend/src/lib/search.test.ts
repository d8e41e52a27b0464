import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { holds, parseSearch, searchName, type Piece } from "./search";

const SHARED = JSON.parse(readFileSync(join(import.meta.dirname, "../../../tests/goldens/search.json"), "utf8")) as { text: string; terms: unknown[] }[];

function plain(piece: Piece): unknown[] {
  const negated = piece.negated === true ? ["not"] : [];
  switch (piece.kind) {
    case "word":
      return [...negated, "words", piece.value];
    case "is":
      return [...negated, "match", piece.key, piece.value];
    case "number":
      return [...negated, piece.metric === true ? "metric" : "bound", piece.key, piece.operator, piece.value];
  }
}

test.each(SHARED)("the service reads $text the same way", ({ text, terms }) => {
  expect(parseSearch(text).map(plain)).toEqual(terms);
});

test.each(["acc", "val acc", 'odd "name"', "a:b", "loss (train)", "a\\b"])("a name can be searched by: %s", (name) => {
  expect(parseSearch(`${searchName(name)}>0.5`)).toEqual([{ kind: "number", key: name, operator: ">", value: 0.5 }]);
});

test("NaN stands to no number", () => {
  expect(holds(Number.NaN, "<", 1)).toBe(false);
  expect(holds(0.5, "<=", 0.5)).toBe(true);
  expect(holds(0.5, ">", 0.5)).toBe(false);
});
