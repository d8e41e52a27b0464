import { afterEach, beforeEach, expect, test, vi } from "vitest";

interface Media {
  matches: boolean;
  listeners: Set<() => void>;
}
let media: Media;

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  media = { matches: false, listeners: new Set() };
  vi.stubGlobal("matchMedia", () => ({
    get matches() {
      return media.matches;
    },
    addEventListener: (_: string, listener: () => void) => media.listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => media.listeners.delete(listener),
  }));
});
afterEach(() => vi.unstubAllGlobals());

test("a theme that was chosen is there again after a reload, and one that there is not counts as none", async () => {
  const first = await import("./preferences");
  expect(first.theme.get()).toBe("system");
  first.theme.set("dark");
  first.density.set("compact");
  vi.resetModules();
  const again = await import("./preferences");
  expect([again.theme.get(), again.density.get()]).toEqual(["dark", "compact"]);
  localStorage.setItem("seedspread.theme", "sepia");
  vi.resetModules();
  expect((await import("./preferences")).theme.get()).toBe("system");
});

test("theme and density are put on the page, follow the system while nothing is chosen, and stop when told", async () => {
  const { applyPreferences, density, theme } = await import("./preferences");
  const root = document.createElement("div");
  const stop = applyPreferences(root);
  expect({ ...root.dataset }).toEqual({ theme: "light", density: "comfortable" });
  media.matches = true;
  for (const listener of media.listeners) listener();
  expect(root.dataset["theme"]).toBe("dark");
  theme.set("light");
  density.set("compact");
  expect({ ...root.dataset }).toEqual({ theme: "light", density: "compact" });
  stop();
  theme.set("dark");
  expect(root.dataset["theme"]).toBe("light");
  expect(media.listeners.size).toBe(0);
});

test("a browser that keeps nothing lets the choice last as long as the page", async () => {
  vi.stubGlobal("localStorage", {
    getItem: () => {
      throw new Error("denied");
    },
    setItem: () => {
      throw new Error("denied");
    },
  });
  const { readKept, theme } = await import("./preferences");
  expect(readKept("anything")).toBeNull();
  theme.set("dark");
  expect(theme.get()).toBe("dark");
});
