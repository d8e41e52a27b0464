import { createStore } from "./store";

/** How the page stands with the service; `since` is when it last answered. */
export interface Connection {
  state: "ok" | "away";
  since: number;
}

export const connection = createStore<Connection>({ state: "ok", since: Date.now() });

export function answered(): void {
  const before = connection.get();
  // The store moves only when the state does, or the header would render at every answer.
  if (before.state === "ok") before.since = Date.now();
  else connection.set({ state: "ok", since: Date.now() });
}

export function unreachable(): void {
  const before = connection.get();
  if (before.state === "ok") connection.set({ state: "away", since: before.since });
}

/** Studies whose events the page follows, each with what fetches everything of it and shows it in one frame. */
export const followed = new Map<number, () => Promise<unknown>>();

/** Whether a query's answers are shown together with all others of a followed study, and so never by themselves. */
export function isFollowed(key: readonly unknown[]): boolean {
  return key[0] === "study" && followed.has(Number(key[1]));
}

/** Whether the service refused this browser for want of a token: the sign-in stands in for every page. */
export const signedOut = createStore(false);
