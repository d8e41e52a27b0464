import { act, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Live, StudyEvent } from "../lib/events";
import { connection } from "../state/connection";
import { useStudyEvents } from "./useStudyEvents";

/** A stream whose events come when the test says so. */
class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static made: Stream[] = [];
  readyState = 1;
  closed = 0;
  constructor(readonly url: string) {
    super();
    Stream.made.push(this);
  }
  close(): void {
    this.closed += 1;
  }
  says(event: Partial<StudyEvent> | string): void {
    const data = typeof event === "string" ? event : JSON.stringify({ runs: [], ...event });
    this.dispatchEvent(new MessageEvent("runs", { data }));
  }
}

const moved = vi.fn<(current: () => Live) => void>();
const refused = vi.fn<() => void>();

function Page({ study = 3, seen = {} }: { study?: number; seen?: Record<string, number> }) {
  const { live, link } = useStudyEvents(study, { onMoved: moved, onRefused: refused, refreshMs: 1000, seen });
  return <p>{`${link} ${live.revision} ${live.counts?.["finished"] ?? "?"} ${live.moved.size}`}</p>;
}

const stream = () => Stream.made.at(-1) as Stream;
const wait = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  Stream.made = [];
  moved.mockClear();
  refused.mockClear();
});
afterEach(() => void vi.useRealTimers());

test("an open stream is live, and its events are what is shown", () => {
  const { container } = render(<Page />);
  expect(stream().url).toContain("/studies/3/");
  expect(container.textContent).toBe("connecting -1 ? 0");
  act(() => void stream().dispatchEvent(new Event("open")));
  expect(connection.get().state).toBe("ok");
  act(() => stream().says({ revision: 4, counts: { finished: 2 }, runs: [[7, "finished", 1, 3, 3]] }));
  expect(container.textContent).toBe("live 4 2 1");
  act(() => stream().says("no event"));
  act(() => stream().says({ revision: 3, counts: { finished: 9 } }));
  wait(1000);
  expect(container.textContent).toBe("live 4 2 1");
});

test("figures are fetched again while runs report, at most once in the time given", () => {
  render(<Page seen={{ finished: 2 }} />);
  act(() => stream().says({ revision: 1, counts: { finished: 2 } }));
  expect(moved).not.toHaveBeenCalled();
  act(() => stream().says({ revision: 2, counts: { finished: 2 } }));
  expect(moved).toHaveBeenCalledTimes(1);
  act(() => stream().says({ revision: 3, counts: { finished: 3 } }));
  act(() => stream().says({ revision: 4, counts: { finished: 4 } }));
  expect(moved).toHaveBeenCalledTimes(1);
  wait(1000);
  expect(moved).toHaveBeenCalledTimes(2);
  expect(moved.mock.lastCall?.[0]().counts).toEqual({ finished: 4 });
  wait(5000);
  expect(moved).toHaveBeenCalledTimes(2);
});

test("a connection that breaks is away until it is open again, and the browser's own retry is left alone", () => {
  const { container } = render(<Page />);
  stream().readyState = 0;
  act(() => void stream().dispatchEvent(new Event("error")));
  expect(container.textContent).toMatch(/^away/);
  expect(connection.get().state).toBe("away");
  wait(10_000);
  expect(Stream.made).toHaveLength(1);
  expect(refused).not.toHaveBeenCalled();
  act(() => void stream().dispatchEvent(new Event("open")));
  expect(container.textContent).toMatch(/^live/);
});

test("after an answer that was no stream another is opened, three seconds later", () => {
  render(<Page />);
  stream().readyState = Stream.CLOSED;
  act(() => void stream().dispatchEvent(new Event("error")));
  expect(refused).toHaveBeenCalledTimes(1);
  wait(2999);
  expect(Stream.made).toHaveLength(1);
  wait(1);
  expect(Stream.made).toHaveLength(2);
});

test("another study has another stream, and a page that is left has none and calls nobody", () => {
  const { rerender, unmount } = render(<Page />);
  const [first] = Stream.made;
  rerender(<Page study={4} />);
  expect(first?.closed).toBe(1);
  expect(stream().url).toContain("/studies/4/");
  act(() => stream().says({ revision: 1, counts: {} }));
  act(() => stream().says({ revision: 2, counts: {} }));
  act(() => stream().says({ revision: 3, counts: {} }));
  stream().readyState = Stream.CLOSED;
  act(() => void stream().dispatchEvent(new Event("error")));
  unmount();
  vi.advanceTimersByTime(10_000);
  expect(stream().closed).toBe(1);
  expect(Stream.made).toHaveLength(2);
  expect(moved).toHaveBeenCalledTimes(1);
});
