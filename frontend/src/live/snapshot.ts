import { notifyManager, type Query, type QueryClient } from "@tanstack/react-query";
import { asApiError, gather } from "../api/client";
import { hasEnded, type Live } from "../lib/events";

const ENDED = ["finished", "failed", "cancelled"] as const;
/** What moves while runs train, before any of them ends. */
const GROWING = new Set(["figure", "runs"]);
const grows = (key: readonly unknown[]) => key.length === 2 || GROWING.has(String(key[2]));

/** Return all on which verdicts depend: replays, which the counts leave out, added seeds, and changes of ended runs too. */
function endedOf(live: Live): string {
  const ended = [...live.moved.values()].filter(([, state]) => hasEnded(state)).length;
  const total = Object.values(live.counts ?? {}).reduce((sum, count) => sum + count, 0);
  return `${ENDED.map((state) => live.counts?.[state] ?? 0).join(" ")} of ${total} ${ended} ${live.edits}`;
}

function isAway(answer: PromiseSettledResult<unknown>): boolean {
  return answer.status === "rejected" && asApiError(answer.reason).status === 0;
}

async function answerOf(client: QueryClient, query: Query): Promise<unknown> {
  const { queryFn, meta } = query.options;
  if (typeof queryFn !== "function") throw new TypeError("a query of a study has a function");
  const signal = new AbortController().signal;
  return queryFn({ client, queryKey: query.queryKey, signal, meta } as never);
}

interface Some {
  /** Which queries are part of it, by key. */
  wanted: (key: readonly unknown[]) => boolean;
  /** What the rest of the page was answered at: where another run has ended since, nothing is shown. */
  settled: string;
}

/**
 * Fetch every active query of a study by one request, which the service answers of one moment, and show all answers at once.
 *
 * Where the service went away in between, the last answers stay, and whoever waits for it asks again.
 *
 * @returns what changes once another run has ended; null if nothing was shown.
 */
export async function fetchTogether(client: QueryClient, study: number, some?: Some): Promise<string | null> {
  const predicate = (query: Query) => some?.wanted(query.queryKey) ?? true;
  const queries = client.getQueryCache().findAll({ queryKey: ["study", study], type: "active", predicate });
  const moment = gather(study);
  const answers = await Promise.allSettled(queries.map((query) => answerOf(client, query)));
  const settled = await moment;
  if (answers.some(isAway) || (some !== undefined && some.settled !== settled)) return null;
  notifyManager.batch(() => {
    queries.forEach(({ queryKey }, at) => {
      const answer = answers[at];
      if (answer?.status === "fulfilled") client.setQueryData(queryKey, answer.value);
      // A refusal goes the ordinary way, so that the page shows it.
      else void client.invalidateQueries({ queryKey, exact: true });
    });
  });
  return settled ?? "";
}

/** Return the function that a study's events call: one snapshot at a time, whole once a run has ended or if asked for `all`. */
export function snapshots(client: QueryClient, study: number): (current: () => Live, all?: boolean) => Promise<void> {
  let shown = "";
  let settled: string | null = null;
  let work: Promise<void> | null = null;
  let again = false;
  let whole = false;
  const takeOne = async (current: () => Live) => {
    const ended = endedOf(current());
    const everything = whole || ended !== shown || settled === null;
    whole = false;
    // A run may have ended before any event says so: then the rest is asked for with it.
    if (!everything && (await fetchTogether(client, study, { wanted: grows, settled: settled ?? "" })) !== null) return;
    const taken = await fetchTogether(client, study);
    if (taken === null) return;
    shown = ended;
    settled = taken;
  };
  const take = async (current: () => Live) => {
    do {
      again = false;
      // oxlint-disable-next-line no-await-in-loop -- one snapshot at a time
      await takeOne(current);
    } while (again);
  };
  return (current, all = false) => {
    whole ||= all;
    again = true;
    work ??= take(current).finally(() => {
      work = null;
    });
    return work;
  };
}
