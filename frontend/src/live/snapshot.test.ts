import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { UNHEARD, type Live } from "../lib/events";
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
