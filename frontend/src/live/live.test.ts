import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connection } from "../state/connection";
import { fetched } from "../shell/fetched";
import { differ, goingOn, merge, parseEvent, UNHEARD, type StudyEvent } from "../lib/events";
import { throttled } from "./throttle";

function event(revision: number, runs: StudyEvent["runs"]): StudyEvent {
  return { revision, counts: { running: runs.length }, runs, rate_per_s: 3, left_s: 6 };
}

describe("merging events", () => {
  test("later rows replace earlier ones, other runs stay", () => {
    const first = merge(UNHEARD, event(1, [[7, "running", 1, 2, 2], [8, "queued", 1, 0, -1]]));
    const second = merge(first, event(2, [[7, "finished", 1, 10, 10]]));
    expect(second.moved.get(7)?.[1]).toBe("finished");
    expect(second.moved.get(8)?.[1]).toBe("queued");
    expect(second.leftS).toBe(6);
  });

  test("an event out of order, or of an attempt that was replaced, changes nothing", () => {
    const live = merge(UNHEARD, event(5, [[7, "running", 2, 1, 1]]));
    expect(merge(live, event(4, [[7, "failed", 2, 1, 1]]))).toBe(live);
    expect(merge(live, event(6, [[7, "failed", 1, 9, 9]])).moved.get(7)?.[1]).toBe("running");
  });

  test("a run that ended and comes again as it was, was excluded or tagged; one that trains on was not", () => {
    const live = merge(UNHEARD, event(1, [[7, "finished", 1, 9, 9], [8, "running", 1, 2, 2]]));
    expect(merge(live, event(2, [[8, "running", 1, 2, 2]])).edits).toBe(0);
    expect(merge(live, event(2, [[7, "finished", 1, 9, 9]])).edits).toBe(1);
  });

  test("text that is no event is passed over", () => {
    expect(parseEvent("not json")).toBeNull();
    expect(parseEvent('{"revision": "x"}')).toBeNull();
    expect(parseEvent('{"revision": 3, "runs": []}')).toMatchObject({ revision: 3, left_s: null });
  });

  test("a study goes on while a run is queued or running", () => {
    expect(goingOn({ queued: 1 })).toBe(true);
    expect(goingOn({ finished: 9, failed: 1 })).toBe(false);
  });
});

test("counts differ by what they say, not by what they leave out", () => {
  expect(differ({ finished: 8 }, { queued: 0, finished: 8 })).toBe(false);
  expect(differ({ finished: 8 }, { queued: 1, finished: 7 })).toBe(true);
});

describe("throttling", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("first call at once, the rest together, and none is lost", () => {
    const action = vi.fn<() => void>();
    const { call } = throttled(action, 100);
    call();
    call();
    call();
    expect(action).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100);
    expect(action).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(500);
    expect(action).toHaveBeenCalledTimes(2);
  });

  test("stopped, nothing follows", () => {
    const action = vi.fn<() => void>();
    const { call, stop } = throttled(action, 100);
    call();
    call();
    stop();
    vi.advanceTimersByTime(500);
    expect(action).toHaveBeenCalledTimes(1);
  });
});

const broken = () => Promise.reject(new TypeError("no network"));

describe("parts of the page that are fetched when they are opened", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    localStorage.clear();
  });

  test("the page is loaded again once the service is back", async () => {
    const ask = vi.fn<() => Promise<unknown>>().mockRejectedValueOnce(new TypeError("no network")).mockResolvedValue({});
    vi.stubGlobal("fetch", ask);
    const again = vi.fn<() => void>();
    void fetched(broken, again);
    await vi.advanceTimersByTimeAsync(100);
    expect(connection.get().state).toBe("away");
    expect(again).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(5000);
    expect(connection.get().state).toBe("ok");
    expect(again).toHaveBeenCalledTimes(1);
  });

  test("one that is not there is told of instead of loading again for ever", async () => {
    vi.stubGlobal("fetch", vi.fn<() => Promise<unknown>>().mockResolvedValue({}));
    const again = vi.fn<() => void>();
    void fetched(broken, again);
    await vi.advanceTimersByTimeAsync(100);
    await expect(fetched(broken, again)).rejects.toThrow("no network");
    expect(again).toHaveBeenCalledTimes(1);
  });
});
