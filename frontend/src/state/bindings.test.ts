import { expect, test, vi } from "vitest";
import { matching, pressed, takesText, type Binding } from "./bindings";

const key = (name: string, more = {}) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, ...more });
const binding = (keys: string): Binding => ({ keys, does: keys, run: vi.fn<() => void>() });

test("keys are told as bindings write them", () => {
  expect(pressed(key("J"))).toBe("j");
  expect(pressed(key("k", { metaKey: true }))).toBe("mod+k");
  expect(pressed(key("Escape"))).toBe("Escape");
  expect(pressed(key("x", { altKey: true }))).toBeNull();
});

test("two keys in a row win over one, and later pages over earlier ones", () => {
  const [s, go, later] = [binding("s"), binding("g s"), binding("s")];
  expect(matching([s, go, later], "g", "s")).toBe(go);
  expect(matching([s, go, later], null, "s")).toBe(later);
  expect(matching([s], "g", "x")).toBeUndefined();
});

const at = (id: string) => document.getElementById(id);

test("typing into a field is typing", () => {
  document.body.innerHTML = "<input id=text><input id=tick type=checkbox><button id=button></button>";
  expect(takesText(at("text"))).toBe(true);
  expect(takesText(at("tick"))).toBe(false);
  expect(takesText(at("button"))).toBe(false);
});
