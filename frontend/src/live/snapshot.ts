import { notifyManager, type Query, type QueryClient } from "@tanstack/react-query";
import { asApiError } from "../api/client";
import type { CompactRuns, Study } from "../api/types";
import { hasEnded, type Live } from "../lib/events";

const MOST_TRIES = 3;
/** Quick answers are tried this long: of quick runs one ends in most tries. */
const TRYING_MS = 2000;
const ENDED = ["finished", "failed", "cancelled"] as const;
/** What moves while runs train, before any of them ends. */
const GROWING = new Set(["figure", "runs"]);

/** Return how many runs have ended, as one comparable text. */
export function endedKey(counts: Record<string, number> | null): string {
  return ENDED.map((state) => counts?.[state] ?? 0).join(" ");
}

/** Return all on which verdicts depend: replays, which the counts leave out, added seeds, and changes of ended runs too. */
function endedOf(live: Live): string {
  const ended = [...live.moved.values()].filter(([, state]) => hasEnded(state)).length;
  const total = Object.values(live.counts ?? {}).reduce((sum, count) => sum + count, 0);
  return `${endedKey(live.counts)} of ${total} ${ended} ${live.edits}`;
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

type Answers = ReadonlyMap<Query, PromiseSettledResult<unknown>>;

/** The runs are asked for first, the study's counts last: runs that ended in between are noticed. */
function stepOf({ queryKey }: Query): number {
  if (queryKey.length === 2) return 2;
  return queryKey[2] === "runs" ? 0 : 1;
}

async function ask(client: QueryClient, queries: readonly Query[]): Promise<Answers> {
  const answers = new Map<Query, PromiseSettledResult<unknown>>();
  for (const at of [0, 1, 2]) {
    const step = queries.filter((query) => stepOf(query) === at);
    // oxlint-disable-next-line no-await-in-loop -- each step needs the one before
    const settled = await Promise.allSettled(step.map((query) => answerOf(client, query)));
    step.forEach((query, place) => answers.set(query, settled[place] as PromiseSettledResult<unknown>));
  }
  return answers;
}

/** Return whether the runs, which were asked for first, are as the study, which was asked for last, counts them; null if either is missing. */
function agree(answers: Answers): boolean | null {
  const values = [...answers].flatMap(([{ queryKey }, answer]) => (answer.status === "fulfilled" ? [{ queryKey, value: answer.value }] : []));
  const runs = values.find(({ queryKey }) => queryKey[2] === "runs")?.value as Partial<CompactRuns> | undefined;
  const study = values.find(({ queryKey }) => queryKey.length === 2)?.value as Partial<Study> | undefined;
  if (runs?.state === undefined || study?.counts === undefined) return null;
  const counts = ENDED.map((state) => runs.state?.filter((other) => other === state).length ?? 0);
  const excluded = runs.excluded_reason?.filter((reason) => reason !== null).length ?? 0;
  return counts.join(" ") === endedKey(study.counts) && excluded === (study.excluded ?? 0);
}

/**
 * Fetch every active query of a study and show all answers at once.
 *
 * Answers that were worked out while a run ended may disagree; they are fetched again, three times or for two seconds. Where the
 * service went away in between, the last answers stay, and whoever waits for it asks again.
 *
 * @param wanted queries that are part of it, by key.
 * @returns whether they are shown.
 */
export async function fetchTogether(
  client: QueryClient,
  study: number,
  current: () => Live,
  wanted: (key: readonly unknown[]) => boolean = () => true,
): Promise<boolean> {
  const queries = client.getQueryCache().findAll({ queryKey: ["study", study], type: "active", predicate: (query) => wanted(query.queryKey) });
  const begin = performance.now();
  for (let tries = 1; ; tries += 1) {
    const before = endedOf(current());
    // oxlint-disable-next-line no-await-in-loop -- each try needs the one before
    const answers = await ask(client, queries);
    if ([...answers.values()].some(isAway)) return false;
    const more = tries < MOST_TRIES || performance.now() - begin < TRYING_MS;
    if (more && !(agree(answers) ?? before === endedOf(current()))) continue;
    notifyManager.batch(() => {
      for (const [query, answer] of answers) {
        if (answer.status === "fulfilled") client.setQueryData(query.queryKey, answer.value);
        // A refusal goes the ordinary way, so that the page shows it.
        else void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
      }
    });
    return true;
  }
}

/** Return the function that a study's events call: one snapshot at a time, whole once a run has ended or if asked for `all`. */
export function snapshots(client: QueryClient, study: number): (current: () => Live, all?: boolean) => Promise<void> {
  let shown = "";
  let work: Promise<void> | null = null;
  let again = false;
  let whole = false;
  const take = async (current: () => Live) => {
    do {
      again = false;
      const ended = endedOf(current());
      const everything = whole || ended !== shown;
      whole = false;
      // oxlint-disable-next-line no-await-in-loop -- one snapshot at a time
      if (await fetchTogether(client, study, current, (key) => everything || key.length === 2 || GROWING.has(String(key[2])))) shown = ended;
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
