import { act, render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
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

afterEach(() => vi.unstubAllGlobals());

test("a page whose stream is refused is told, so that it can ask whether the study is still there", () => {
  vi.stubGlobal("EventSource", Refused);
  const told = vi.fn<() => void>();
  const { container } = render(<Page onRefused={told} />);
  act(() => void Refused.made.at(-1)?.dispatchEvent(new Event("error")));
  expect(told).toHaveBeenCalledTimes(1);
  expect(container.textContent).toBe("away");
});
