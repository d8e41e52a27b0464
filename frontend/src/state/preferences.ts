import { currentPalette, type Palette } from "../lib/roles";
import { createStore, type Store } from "./store";

export type Theme = "light" | "dark" | "system";
export type Density = "comfortable" | "compact";

// Private windows may refuse storage; the choice then lasts as long as the page.
function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}

function choice<T extends string>(key: string, options: readonly T[], fallback: T): Store<T> {
  const found = remembered(key);
  const store = createStore<T>(options.find((option) => option === found) ?? fallback);
  store.subscribe(() => {
    remember(key, store.get());
  });
  return store;
}

export const theme = choice<Theme>("seedspread.theme", ["light", "dark", "system"], "system");
export const density = choice<Density>("seedspread.density", ["comfortable", "compact"], "comfortable");
/** The colours that figures are drawn in under the theme in force. */
export const shownPalette = createStore<Palette>({});

/** Puts theme and density on the document and keeps them there; returns what stops it. */
export function applyPreferences(root: HTMLElement = document.documentElement): () => void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = theme.get();
    const shown = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
    root.dataset["theme"] = shown;
    root.dataset["density"] = density.get();
    shownPalette.set(currentPalette(root));
  };
  apply();
  dark.addEventListener("change", apply);
  const stops = [theme.subscribe(apply), density.subscribe(apply), () => dark.removeEventListener("change", apply)];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Text kept in this browser under `key`, such as saved views. */
export function readKept(key: string): string | null {
  return remembered(key);
}
