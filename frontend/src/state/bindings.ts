import { useEffect } from "react";
import { createStore } from "./store";
import { useLatest } from "./useLatest";

/** A key (or two in a row, such as `g s`) and what it does while its page is open. */
export interface Binding {
  keys: string;
  does: string;
  run: () => void;
}

/** Every binding in force, the latest page's last. */
export const bindings = createStore<readonly Binding[]>([]);

const PAUSE_MS = 1000;

/** The pressed key as bindings write it: `j`, `?`, `mod+k`, `Escape`; null for keys with other modifiers. */
export function pressed(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): string | null {
  if (event.altKey) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

/** The binding that `key` after `before` stands for; the latest registered one wins. */
export function matching(all: readonly Binding[], before: string | null, key: string): Binding | undefined {
  const pair = before === null ? null : `${before} ${key}`;
  return all.findLast((binding) => binding.keys === pair) ?? all.findLast((binding) => binding.keys === key);
}

/** Whether keys belong to what is focused: a field that takes text, or anything in an open dialog. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog") !== null;
}

/** Escape leaves a field, whose text stays, for the page's keys; a dialog closes by itself. */
function leave(event: KeyboardEvent, key: string): void {
  const field = event.target as HTMLElement;
  if (key !== "Escape" || field.closest("dialog") !== null) return;
  event.preventDefault();
  field.blur();
}

/** Listens for keys on the whole page; called once, by the shell. */
export function listen(): () => void {
  let before: string | null = null;
  let at = 0;
  const onKey = (event: KeyboardEvent) => {
    const key = pressed(event);
    if (key === null || event.defaultPrevented) return;
    if (!key.startsWith("mod+") && takesText(event.target)) return leave(event, key);
    const found = matching(bindings.get(), Date.now() - at < PAUSE_MS ? before : null, key);
    before = key;
    at = Date.now();
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  };
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

/** Keys that work while the calling component is mounted; `run` may change from render to render. */
export function useKeys(own: readonly Binding[]): void {
  const latest = useLatest(own);
  const signature = own.map((binding) => `${binding.keys}\t${binding.does}`).join("\n");
  useEffect(() => {
    const added = signature.split("\n").map((line) => {
      const [keys = "", does = ""] = line.split("\t");
      return { keys, does, run: () => latest.current.find((binding) => binding.keys === keys)?.run() };
    });
    bindings.set([...bindings.get(), ...added]);
    return () => bindings.set(bindings.get().filter((binding) => !added.includes(binding)));
  }, [signature, latest]);
}
