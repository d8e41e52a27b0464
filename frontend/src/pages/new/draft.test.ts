import { afterEach, expect, test, vi } from "vitest";
import { dropDraft, keepDraft, readDraft } from "./draft";

afterEach(dropDraft);

test("a draft comes back under its own address alone, until it is dropped", () => {
  keepDraft("?clone=3", { name: "half" });
  expect(readDraft("?clone=3")).toEqual({ name: "half" });
  expect(readDraft("")).toBeNull();
  dropDraft();
  expect(readDraft("?clone=3")).toBeNull();
});

test("what is stored and no draft is passed over, and a full storage stops nobody", () => {
  sessionStorage.setItem("seedspread.draft", "{half");
  expect(readDraft("")).toBeNull();
  const full = { getItem: () => null, removeItem: vi.fn<() => void>(), setItem: () => assertRoom() };
  vi.stubGlobal("sessionStorage", full);
  expect(() => keepDraft("", { name: "x".repeat(10) })).not.toThrow();
  expect(full.removeItem).toHaveBeenCalled();
});

function assertRoom(): never {
  throw new DOMException("full", "QuotaExceededError");
}
