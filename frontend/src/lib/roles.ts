import shared from "./shared.json";

/** Plain JSON, as figures travel. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Palette = Record<string, string>;

const ROLE = /^role:(\w+)(?:\/([\d.]+))?$/;
/** The style sheet's name of each role that is no arm's. */
export const ROLE_NAMES: Readonly<Record<string, string>> = {
  text: "--text",
  muted: "--muted",
  grid: "--grid",
  ground: "--ground",
  surface: "--panel",
  fail: "--red",
};

/** The colours that figures' roles have under the theme in force, read from the style sheet. */
export function currentPalette(root: Element = document.documentElement): Palette {
  const style = getComputedStyle(root);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const arms = Array.from({ length: shared.armColours }, (_, arm) => [`arm${arm}`, read(`--arm-${arm}`)]);
  const others = Object.entries(ROLE_NAMES).map(([role, name]) => [role, read(name)]);
  return Object.fromEntries([...arms, ...others]);
}

function withAlpha(hex: string, alpha: string): string {
  const [red, green, blue] = [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
  return `rgba(${red},${green},${blue},${alpha})`;
}

function colour(text: string, palette: Palette): string {
  const found = ROLE.exec(text);
  if (found === null) return text;
  const hex = palette[found[1] ?? ""] ?? palette["text"] ?? "#808080";
  return found[2] === undefined ? hex : withAlpha(hex, found[2]);
}

/** A copy of a figure's data or layout in which `role:NAME/ALPHA` is the palette's colour. */
export function themed<T>(value: T, palette: Palette): T {
  const walk = (item: unknown): unknown => {
    if (typeof item === "string") return colour(item, palette);
    // Lists of numbers hold no roles, and are the long ones.
    if (Array.isArray(item)) return typeof item[0] === "number" ? item : item.map(walk);
    if (item === null || typeof item !== "object" || ArrayBuffer.isView(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, key === "roles" ? inner : walk(inner)]));
  };
  return walk(value) as T;
}
