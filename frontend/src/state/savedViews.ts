import { readKept, remember } from "./preferences";

/** A named search string of a page, kept in this browser. */
export interface SavedView {
  name: string;
  search: string;
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== "object" || value === null) return false;
  return "name" in value && "search" in value && typeof value.name === "string" && typeof value.search === "string";
}

/** The views kept for a page; text that somebody else wrote there is passed over. */
export function readViews(page: string): SavedView[] {
  try {
    const found: unknown = JSON.parse(readKept(`seedspread.views.${page}`) ?? "[]");
    return Array.isArray(found) ? found.filter(isView) : [];
  } catch {
    return [];
  }
}

/** The views with one more, which takes the place of any other of its name. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  return [...views.filter((other) => other.name !== view.name), view].toSorted((one, other) => one.name.localeCompare(other.name));
}

export function keepViews(page: string, views: readonly SavedView[]): void {
  remember(`seedspread.views.${page}`, JSON.stringify(views));
}
