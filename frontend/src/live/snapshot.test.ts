import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, describe, expect, test, vi } from "vitest";
import { api, askAgain, unwrap } from "../api/client";
import { noAnswer } from "../api/errors";
import { UNHEARD, type Live } from "../lib/events";
import { followed } from "../state/connection";
import { fetchTogether, snapshots } from "./snapshot";

const ended = (finished: number): Live => ({ ...UNHEARD, counts: { finished } });
const heard = (replay: string): Live => ({ ...ended(3), moved: new Map([[9, [9, replay, 1, 0, 0]]]) });

/** Two queries of a study that answer with the number of runs that had finished when they were asked. */
function page(state: { finished: number }) {
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
  await fetchTogether(client, 1);
  await new Promise((done) => setTimeout(done, 5));
  expect(client.getQueryData(["study", 1, "runs"])).toBe(7);
  expect(frames.at(-1)).toBe("7 7");
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
  followed.set(1, () => fetchTogether(client, 1));
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

/** The service: a run ends with every second request; every part of an answer says how many had. */
function service(answers: unknown[]) {
  let finished = 7;
  const ask = vi.fn<(request: Request) => Promise<Response>>(async (request) => {
    const { parts } = (await request.clone().json()) as { parts: unknown[] };
    const told = answers.length > 0 ? answers.shift() : { revision: "", settled: String(finished), parts: parts.map(() => ({ status: 200, answer: { finished } })) };
    if (ask.mock.calls.length % 2 === 0) finished += 1;
    return told instanceof Error ? Promise.reject(told) : Response.json(told);
  });
  vi.stubGlobal("fetch", ask);
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false } } });
  const path = { study_id: 1 };
  const queries = {
    runs: () => unwrap(api.GET("/api/v1/studies/{study_id}/runs/compact", { params: { path } })),
    costly: () => unwrap(api.GET("/api/v1/studies/{study_id}/findings", { params: { path } })),
    again: () => unwrap(api.GET("/api/v1/studies/{study_id}/findings", { params: { path } })),
    groups: () => unwrap(api.POST("/api/v1/studies/{study_id}/groups", { params: { path }, body: { by: ["width"] } })),
  };
  const stops = Object.entries(queries).map(([part, queryFn]) =>
    new QueryObserver<unknown>(client, { queryKey: ["study", 1, part], initialData: {}, queryFn }).subscribe(() => undefined),
  );
  const shown = () => Object.keys(queries).map((part) => client.getQueryData<{ finished?: number }>(["study", 1, part])?.finished);
  return { client, ask, shown, stop: () => stops.forEach((stop) => stop()) };
}

describe("answers of one moment", () => {
  afterEach(() => void vi.unstubAllGlobals());

  test("one request asks for all, each part once", async () => {
    const { client, ask, shown, stop } = service([]);
    await fetchTogether(client, 1);
    expect(ask).toHaveBeenCalledTimes(1);
    const request = ask.mock.calls[0]?.[0] as Request;
    expect([request.method, new URL(request.url).pathname]).toEqual(["POST", "/api/v1/studies/1/snapshot"]);
    expect(await request.json()).toEqual({
      parts: [
        { address: "runs/compact", body: null },
        { address: "findings", body: null },
        { address: "groups", body: { by: ["width"] } },
      ],
    });
    expect(shown()).toEqual([7, 7, 7, 7]);
    stop();
  });

  test("a run that ended before any event says so has the rest asked for with what grows", async () => {
    const { client, ask, shown, stop } = service([]);
    const refresh = snapshots(client, 1);
    for (const finished of [7, 7, 8, 9, 10]) {
      await refresh(() => ended(7)); // oxlint-disable-line no-await-in-loop -- one after the other
      expect(shown()).toEqual(Array.from({ length: 4 }, () => finished));
    }
    expect(ask).toHaveBeenCalledTimes(8);
    stop();
  });

  test("a part that is refused leaves the others, and an answer that never comes leaves all", async () => {
    const told = [200, 404, 200].map((status) => ({ status, answer: status === 200 ? { finished: 9 } : { error: { message: "gone" } } }));
    const { client, shown, stop } = service([{ revision: "", settled: "9", parts: told }, new TypeError("no network")]);
    await fetchTogether(client, 1);
    expect([shown()[0], shown()[3]]).toEqual([9, 9]);
    expect(await fetchTogether(client, 1)).toBeNull();
    expect(shown()[0]).toBe(9);
    stop();
  });
});
