import { notifyManager, type Query, type QueryClient } from "@tanstack/react-query";
import type { Live } from "../lib/events";

const MOST_TRIES = 3;
const ENDED = ["finished", "failed", "cancelled"] as const;
/** What moves while runs train, before any of them ends. */
const GROWING = new Set(["figure", "runs"]);

/** Return how many runs have ended, as one comparable text. */
export function endedKey(counts: Record<string, number> | null): string {
  return ENDED.map((state) => counts?.[state] ?? 0).join(" ");
}

/** Return the same for everything heard of, replays too, which the counts leave out. */
function endedOf(live: Live): string {
  const ended = [...live.moved.values()].filter(([, state]) => (ENDED as readonly string[]).includes(state)).length;
  return `${endedKey(live.counts)} ${ended}`;
}

async function answerOf(client: QueryClient, query: Query): Promise<unknown> {
  const { queryFn, meta } = query.options;
  if (typeof queryFn !== "function") throw new TypeError("a query of a study has a function");
  const signal = new AbortController().signal;
  return queryFn({ client, queryKey: query.queryKey, signal, meta } as never);
}

/**
 * Fetch every active query of a study and show all answers at once.
 *
 * Answers that were worked out while a run ended may disagree; they are fetched again, up to three times.
 *
 * @param wanted queries that are part of it, by key.
 */
export async function fetchTogether(
  client: QueryClient,
  study: number,
  current: () => Live,
  wanted: (key: readonly unknown[]) => boolean = () => true,
): Promise<void> {
  const queries = client.getQueryCache().findAll({ queryKey: ["study", study], type: "active", predicate: (query) => wanted(query.queryKey) });
  for (let tries = 1; ; tries += 1) {
    const before = endedKey(current().counts);
    // oxlint-disable-next-line no-await-in-loop -- each try needs the one before
    const answers = await Promise.allSettled(queries.map((query) => answerOf(client, query)));
    if (before !== endedKey(current().counts) && tries < MOST_TRIES) continue;
    notifyManager.batch(() => {
      answers.forEach((answer, at) => {
        const query = queries[at];
        if (query === undefined) return;
        if (answer.status === "fulfilled") client.setQueryData(query.queryKey, answer.value);
        // A refusal goes the ordinary way, so that the page shows it.
        else void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
      });
    });
    return;
  }
}

/** Return the function that a study's events call: one snapshot at a time, whole once a run has ended. */
export function snapshots(client: QueryClient, study: number): (current: () => Live) => Promise<void> {
  let shown = "";
  let running = false;
  let again = false;
  return async (current) => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        const ended = endedOf(current());
        const whole = ended !== shown;
        shown = ended;
        // oxlint-disable-next-line no-await-in-loop -- one snapshot at a time
        await fetchTogether(client, study, current, (key) => whole || GROWING.has(String(key[2])));
      } while (again);
    } finally {
      running = false;
    }
  };
}
