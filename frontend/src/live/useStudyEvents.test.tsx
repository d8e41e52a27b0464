import { act, render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { Live } from "../lib/events";
import { useStudyEvents } from "./useStudyEvents";

class Refused extends EventTarget {
  static readonly CLOSED = 2;
  static made: Refused[] = [];
  readonly readyState = Refused.CLOSED;
  constructor() {
    super();
    Refused.made.push(this);
  }
  close(): void {}
}

function Page({ onRefused }: { onRefused: () => void }) {
  const { link } = useStudyEvents(3, { onMoved: () => undefined, onRefused, refreshMs: 100, seen: {} });
  return <p>{link}</p>;
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a page whose stream is refused is told, so that it can ask whether the study is still there", () => {
  vi.stubGlobal("EventSource", Refused);
  const told = vi.fn<() => void>();
  const { container } = render(<Page onRefused={told} />);
  act(() => void Refused.made.at(-1)?.dispatchEvent(new Event("error")));
  expect(told).toHaveBeenCalledTimes(1);
  expect(container.textContent).toBe("away");
});

class Stream extends Refused {
  override readonly readyState = 1 as never;
  closed = false;
  override close(): void {
    this.closed = true;
  }
}

function Watching({ onMoved, seen }: { onMoved: (current: () => Live) => void; seen: Record<string, number> }) {
  const { live, link } = useStudyEvents(3, { onMoved, onRefused: () => undefined, refreshMs: 100, seen });
  return (
    <p>
      {link} {live.revision} {JSON.stringify(live.counts)}
    </p>
  );
}

const sent = (revision: number, counts: Record<string, number>, runs: unknown[] = []) =>
  new MessageEvent("runs", { data: JSON.stringify({ revision, counts, runs, rate_per_s: null, left_s: null }) });

function watching(seen: Record<string, number>) {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  const moved = vi.fn<(current: () => Live) => void>();
  const page = render(<Watching onMoved={moved} seen={seen} />);
  const stream = Refused.made.at(-1) as Stream;
  const tell = (event: Event, ms = 300) =>
    act(() => {
      stream.dispatchEvent(event);
      vi.advanceTimersByTime(ms);
    });
  return { ...page, moved, stream, tell };
}

test("all is asked for at once where runs have still to end; a first event that says no more asks for nothing, every later one does", () => {
  const { container, moved, tell } = watching({ running: 2 });
  expect(moved).toHaveBeenCalledTimes(1);
  tell(new Event("open"));
  tell(sent(1, { running: 2 }));
  expect(container.textContent).toBe('live 1 {"running":2}');
  expect(moved).toHaveBeenCalledTimes(1);
  tell(sent(2, { running: 2 }, [[7, "running", 1, 3, 3]]));
  expect(moved).toHaveBeenCalledTimes(2);
  tell(sent(3, { running: 1, finished: 1 }, [[7, "finished", 1, 9, 9]]));
  expect(moved).toHaveBeenCalledTimes(3);
  expect(moved.mock.calls[2]?.[0]().moved.get(7)).toEqual([7, "finished", 1, 9, 9]);
  tell(new MessageEvent("runs", { data: "no event" }));
  expect(moved).toHaveBeenCalledTimes(3);
});

test("a first event that says something else than the page was loaded with asks at once", () => {
  const { moved, tell } = watching({ finished: 1 });
  expect(moved).not.toHaveBeenCalled();
  tell(sent(1, { running: 1, finished: 1 }));
  expect(moved).toHaveBeenCalledTimes(1);
});

test("a study that is gone stays gone, and its stream is closed, as it is when the page is left", () => {
  const { container, stream, tell, unmount } = watching({});
  tell(new Event("gone"));
  expect(stream.closed).toBe(true);
  tell(new Event("error"));
  expect(container.textContent).toContain("gone");
  stream.closed = false;
  unmount();
  expect(stream.closed).toBe(true);
});
