import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { type ShownState, shownState, StateMark, STATE_WORDS } from "./StateMark";

/** Where the slice of a running mark ends, and whether it takes the long way round. */
function slice(share: number): [number, number, string | undefined] {
  const { container, unmount } = render(<StateMark state="running" share={share} />);
  const path = container.querySelector("path")?.getAttribute("d") ?? "";
  unmount();
  const [, long, x, y] = /A6 6 0 (\d) 1 (\S+) (\S+) Z/.exec(path) ?? [];
  return [Number(x), Number(y), long];
}

test.each([
  [0, 8, 2, "0"],
  [0.25, 14, 8, "0"],
  [0.5, 8, 14, "0"],
  [0.75, 2, 8, "1"],
])("a run that did %d of its epochs is filled so far", (share, x, y, long) => {
  const [endX, endY, way] = slice(share);
  expect(endX).toBeCloseTo(x, 1);
  expect(endY).toBeCloseTo(y, 1);
  expect(way).toBe(long);
});

test("beyond its epochs a mark stays all but full", () => {
  expect(slice(7)).toEqual(slice(1));
  expect(slice(-1)).toEqual(slice(0));
});

test("every state has a shape of its own, and its name beside it or spoken", () => {
  const states = Object.keys(STATE_WORDS) as ShownState[];
  const shapes = states.map((state) => {
    const { container, unmount } = render(<StateMark state={state} word />);
    expect(container.textContent).toBe(STATE_WORDS[state]);
    const shape = container.querySelector("svg")?.innerHTML;
    unmount();
    return shape;
  });
  expect(new Set(shapes).size).toBe(states.length);
  const { container } = render(<StateMark state="failed" />);
  expect(container.querySelector("title")?.textContent).toBe("failed");
});

test("a finished run that diverged is shown as such, and a state that is none as queued", () => {
  expect([shownState("finished", true), shownState("running", true), shownState("finished")]).toEqual(["diverged", "running", "finished"]);
  expect(shownState("lost")).toBe("queued");
});
