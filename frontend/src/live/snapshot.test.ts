import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { askAgain } from "../api/client";
import { noAnswer } from "../api/errors";
import { UNHEARD, type Live } from "../lib/events";
import { followed } from "../state/connection";
import { fetchTogether, snapshots } from "./snapshot";

const ended = (finished: number): Live => ({ ...UNHEARD, counts: { finished } });
const heard = (replay: string): Live => ({ ...ended(3), moved: new Map([[9, [9, replay, 1, 0, 0]]]) });

/** Two queries of a study that answer with the number of runs that had finished when they were asked. */
function page(state: { finished: number }, afterFirst: () => void = () => undefined) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  const frames: string[] = [];
  const seen: Record<string, number> = {};
  let asked = 0;
  const stops = ["runs", "costly"].map((part) => {
    const observer = new QueryObserver(client, {
      queryKey: ["study", 1, part],
      initialData: 0,
      queryFn: async () => {
        const answer = state.finished;
        asked += 1;
        if (asked === 1) afterFirst();
        await new Promise((done) => setTimeout(done, part === "runs" ? 1 : 15));
        return answer;
      },
    });
    return observer.subscribe(({ data }) => {
      seen[part] = data ?? 0;
      frames.push(`${seen["runs"] ?? 0} ${seen["costly"] ?? 0}`);
    });
  });
  return { client, frames, count: () => asked, stop: () => stops.forEach((stop) => stop()) };
}

test("answers that take different times are shown in one frame", async () => {
  const state = { finished: 7 };
  const { client, frames, stop } = page(state);
  await fetchTogether(client, 1, () => ended(7));
  await new Promise((done) => setTimeout(done, 5));
  expect(client.getQueryData(["study", 1, "runs"])).toBe(7);
  expect(frames.at(-1)).toBe("7 7");
  stop();
});

test("a run that ends between two answers has them asked again", async () => {
  const state = { finished: 7 };
  const { client, count, stop } = page(state, () => {
    state.finished = 8;
  });
  await fetchTogether(client, 1, () => ended(state.finished));
  expect([client.getQueryData(["study", 1, "runs"]), client.getQueryData(["study", 1, "costly"])]).toEqual([8, 8]);
  expect(count()).toBe(4);
  stop();
});

test("while no run ends only what grows is asked for", async () => {
  const state = { finished: 3 };
  const { client, count, stop } = page(state);
  const refresh = snapshots(client, 1);
  await refresh(() => ended(3));
  expect(count()).toBe(2);
  await refresh(() => ended(3));
  expect(count()).toBe(3);
  await refresh(() => ended(4));
  expect(count()).toBe(5);
  stop();
});

test("the end of a replay, which no count has, refreshes everything: the audit's findings follow it", async () => {
  const state = { finished: 3 };
  const { client, count, stop } = page(state);
  const refresh = snapshots(client, 1);
  await refresh(() => heard("queued"));
  await refresh(() => heard("running"));
  expect(count()).toBe(3);
  await refresh(() => heard("finished"));
  expect(count()).toBe(5);
  stop();
});

test("a change that ends no run is shown everywhere: seeds that another tab added, a run that was excluded", async () => {
  const state = { finished: 3 };
  const { client, count, stop } = page(state);
  const refresh = snapshots(client, 1);
  await refresh(() => ended(3));
  expect(count()).toBe(2);
  await refresh(() => ({ ...UNHEARD, counts: { finished: 3, queued: 2 } }));
  expect(count()).toBe(4);
  await refresh(() => ({ ...UNHEARD, counts: { finished: 3, queued: 2 }, edits: 1 }));
  expect(count()).toBe(6);
  stop();
});

test("while the service is away the last answers stay, and the next snapshot is whole", async () => {
  const state = { finished: 3 };
  const { client, count, stop } = page(state);
  const refresh = snapshots(client, 1);
  await refresh(() => ended(3));
  const queries = client.getQueryCache().findAll();
  const answers = queries.map(({ options }) => options);
  for (const query of queries) query.options = { ...query.options, queryFn: () => Promise.reject(noAnswer()) };
  state.finished = 4;
  await refresh(() => ended(4));
  expect(queries.map((query) => [query.state.data, query.state.status])).toEqual([[3, "success"], [3, "success"]]);
  queries.forEach((query, at) => {
    query.options = answers[at] ?? query.options;
  });
  await refresh(() => ended(4));
  expect(queries.map((query) => query.state.data)).toEqual([4, 4]);
  expect(count()).toBe(4);
  stop();
});

test("whatever asks for a followed study again gets it in one frame", async () => {
  const state = { finished: 7 };
  const { client, stop } = page(state);
  followed.set(1, () => fetchTogether(client, 1, () => ended(8)));
  const shown = () => client.getQueryCache().findAll().map((query) => query.state.data);
  const answers: ((finished: number) => void)[] = [];
  const [, costly] = client.getQueryCache().findAll();
  if (costly !== undefined) {
    const queryFn = () =>
      new Promise<number>((done) => {
        answers.push(done);
      });
    costly.options = { ...costly.options, queryFn };
  }
  state.finished = 8;
  for (const key of [["study", 1], []]) {
    state.finished += 1;
    const before = shown();
    const all = askAgain(client, key);
    await new Promise((done) => setTimeout(done, 20)); // oxlint-disable-line no-await-in-loop -- one after the other
    expect(shown()).toEqual(before);
    answers.pop()?.(state.finished);
    await all; // oxlint-disable-line no-await-in-loop -- one after the other
    expect(shown()).toEqual([state.finished, state.finished]);
  }
  followed.delete(1);
  stop();
});

test("a run that ends while the answers are worked out, before any event says so, has them asked again", async () => {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  let finished = 7;
  let asked = 0;
  const answers = {
    runs: () => ({ state: Array.from({ length: finished }, () => "finished"), excluded_reason: [] }),
    costly: () => {
      asked += 1;
      if (asked === 1) finished = 8;
      return finished;
    },
    study: () => ({ counts: { finished }, excluded: 0 }),
  };
  const stops = Object.entries(answers).map(([part, queryFn]) => {
    const queryKey = part === "study" ? ["study", 1] : ["study", 1, part];
    return new QueryObserver<unknown>(client, { queryKey, initialData: 0, queryFn }).subscribe(() => undefined);
  });
  await fetchTogether(client, 1, () => ended(7));
  expect(asked).toBe(2);
  expect(client.getQueryData(["study", 1, "costly"])).toBe(8);
  expect(client.getQueryData(["study", 1, "runs"])).toMatchObject({ state: { length: 8 } });
  stops.forEach((stop) => stop());
});
