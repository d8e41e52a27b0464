import { beforeEach, expect, test } from "vitest";
import { keepViews, readViews, withView } from "./savedViews";

beforeEach(() => localStorage.clear());

test("views are kept a page each, by name", () => {
  const first = withView([], { name: "running", search: "?q=is:running" });
  keepViews("studies", withView(first, { name: "paper", search: "?q=tag:paper" }));
  expect(readViews("studies").map((view) => view.name)).toEqual(["paper", "running"]);
  expect(readViews("study")).toEqual([]);
  expect(withView(first, { name: "running", search: "?q=x" })).toEqual([{ name: "running", search: "?q=x" }]);
});

test("what somebody else wrote there is passed over", () => {
  localStorage.setItem("seedspread.views.studies", '[{"name": 1}, "x", {"name": "a", "search": "?"}]');
  expect(readViews("studies")).toEqual([{ name: "a", search: "?" }]);
  localStorage.setItem("seedspread.views.studies", "not json");
  expect(readViews("studies")).toEqual([]);
});
