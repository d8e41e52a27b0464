import { useCallback, useEffect } from "react";
import { useSearchParams } from "react-router";

/** `3,5,9` as numbers; what isn't a whole number is passed over. */
export function parseIds(text: string | null): number[] {
  if (text === null) return [];
  const ids = text.split(",").map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  return [...new Set(ids.filter((id) => Number.isSafeInteger(id)))];
}

/** The search string with these changes; null or "" takes a key out. Commas stay readable. */
export function changed(search: URLSearchParams, changes: Record<string, string | null>): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === "") next.delete(key);
    else next.set(key, value);
  }
  return next;
}

export interface Address {
  get(key: string): string | null;
  ids(key: string): number[];
  /** Changes the address; `push` makes a step that Back undoes, otherwise the present step is replaced. */
  set(changes: Record<string, string | null>, how?: "push" | "replace"): void;
}

/** The last change that no render has shown yet: the address it was made of, and the one it made. */
let pending: { from: string; to: URLSearchParams } | null = null;

/** The part of the view that lives in the address, so that any state can be shared as a link. */
export function useAddress(): Address {
  const [search, setSearch] = useSearchParams();
  useEffect(() => {
    if (pending?.from !== search.toString()) pending = null;
  }, [search]);
  const set = useCallback(
    (changes: Record<string, string | null>, how: "push" | "replace" = "replace") => {
      setSearch(
        (before) => {
          // The router gives every change the address of the last render: a second one before the next would undo the first.
          const from = before.toString();
          const to = changed(pending?.from === from ? pending.to : before, changes);
          pending = { from, to };
          return to;
        },
        { replace: how === "replace", preventScrollReset: true },
      );
    },
    [setSearch],
  );
  return { get: (key) => search.get(key), ids: (key) => parseIds(search.get(key)), set };
}
