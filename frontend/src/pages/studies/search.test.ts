import { expect, test } from "vitest";
import { searchToQuery } from "./search";

test("keys become filters, the rest is searched for", () => {
  expect(searchToQuery("does width recipe:digits-mlp tag:paper is:running")).toEqual({
    query: "does width",
    recipe: "digits-mlp",
    tag: "paper",
    state: "running",
  });
  expect(searchToQuery("")).toEqual({});
});
