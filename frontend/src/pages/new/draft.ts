import type { Spec } from "./spec/spec";

const KEY = "seedspread.draft";

/** A specification that was begun, and the address whose form it stood in. */
interface Draft {
  search: string;
  spec: Spec;
}

// Windows that refuse storage lose a draft with the page, as every page did before there was any.
function store(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** What was begun under this address in this window; null where nothing was. */
export function readDraft(search: string): Spec | null {
  try {
    const draft = JSON.parse(store()?.getItem(KEY) ?? "null") as Draft | null;
    return draft !== null && draft.search === search && typeof draft.spec === "object" ? draft.spec : null;
  } catch {
    return null;
  }
}

/** Keeps a specification as it is typed, so that neither a reload nor a look at another page loses it. */
export function keepDraft(search: string, spec: Spec): void {
  try {
    store()?.setItem(KEY, JSON.stringify({ search, spec } satisfies Draft));
  } catch {
    // A full storage keeps nothing; the form goes on.
    dropDraft();
  }
}

export function dropDraft(): void {
  store()?.removeItem(KEY);
}
