import { useEffect } from "react";
import { createStore } from "./store";
import { useLatest } from "./useLatest";

/** Something the command palette can do. */
export interface Command {
  name: string;
  run: () => void;
}

export const commands = createStore<readonly Command[]>([]);

/** Commands that the palette offers while the calling component is mounted. */
export function useCommands(own: readonly Command[]): void {
  const latest = useLatest(own);
  const signature = own.map((command) => command.name).join("\n");
  useEffect(() => {
    const added = signature.split("\n").map((name) => ({
      name,
      run: () => latest.current.find((command) => command.name === name)?.run(),
    }));
    commands.set([...added, ...commands.get()]);
    return () => commands.set(commands.get().filter((command) => !added.includes(command)));
  }, [signature, latest]);
}

/** Commands whose name holds all letters typed, in order; those that start with them first. */
export function fitting<T extends { name: string }>(all: readonly T[], typed: string): T[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return [...all];
  const rank = (name: string) => {
    const text = name.toLowerCase();
    if (text.startsWith(wanted)) return 0;
    if (text.includes(wanted)) return 1;
    let at = -1;
    for (const letter of wanted) {
      at = text.indexOf(letter, at + 1);
      if (at < 0) return 3;
    }
    return 2;
  };
  return all
    .map((command) => ({ command, at: rank(command.name) }))
    .filter(({ at }) => at < 3)
    .toSorted((one, other) => one.at - other.at)
    .map(({ command }) => command);
}
