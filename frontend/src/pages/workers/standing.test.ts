import { expect, test } from "vitest";
import type { Queue, Worker } from "../../api/types";
import { standing } from "./standing";

const queue = (changes: Partial<Queue>): Queue => ({
  name: "cpu",
  runs: { queued: 0, running: 0 } as Queue["runs"],
  messages: 0,
  workers: 0,
  busy: 0,
  blocked: null,
  why: [],
  ended_lately: 0,
  rate_per_s: null,
  left_s: null,
  waiting: [],
  waiting_studies: 0,
  ...changes,
});
const worker = (state: Worker["state"]): Worker => ({ state }) as Worker;
const queued = (number: number): Queue["runs"] => ({ queued: number, running: 1 }) as Queue["runs"];

test("an idle service says so", () => {
  expect(standing([worker("idle"), worker("idle")], [queue({})])).toEqual({ sentence: "0 of 2 workers busy; nothing waits.", trouble: [] });
});

test("what waits, where, and how long it takes", () => {
  const told = standing([worker("training"), worker("silent")], [queue({ runs: queued(1), left_s: 62 }), queue({ name: "gpu", runs: queued(3) })]);
  expect(told.sentence).toBe("1 of 1 worker busy; 1 run waits on cpu, about 1 min 2 s to go; 3 runs wait on gpu.");
});

test("trouble that every queue has is said once, one queue's by its name", () => {
  const away = "the broker does not answer";
  expect(standing([], [queue({ blocked: away }), queue({ name: "gpu", blocked: away })]).trouble).toEqual([away]);
  const { sentence, trouble } = standing([], [queue({}), queue({ name: "gpu", runs: queued(2), blocked: "no worker" })]);
  expect([sentence, trouble]).toEqual(["No workers; 2 runs wait on gpu.", ["gpu: no worker"]]);
});
