import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { describe, expect, test } from "vitest";
import { comparedArm, comparison, summary } from "../../../testing/comparisons";
import { Chance, DifferenceOf, Effect, higherIn, isWhole, leftOut, Mean, Tested } from "./numbers";
import { reachOf } from "./Range";

function text(element: ReactElement): string {
  return render(element).container.textContent ?? "";
}

function title(element: ReactElement): string | null | undefined {
  return render(element).container.querySelector("[title]")?.getAttribute("title");
}

/** Where the mark of a difference lies on a line that reaches 1 to either side. */
function markAt(mean: number): string | null | undefined {
  const view = comparison({ difference: { mean, interval: { low: mean, high: mean, level: 0.95 } } });
  return render(<DifferenceOf view={view} reach={1} />).container.querySelector("circle")?.getAttribute("cx");
}

describe("a mean", () => {
  test("has the decimals that its CI supports, and the CI's half-width", () => {
    expect(text(<Mean summary={summary} />)).toBe("0.9000 ± 0.0040");
  });
  test("without a CI stands alone, without runs is a dash", () => {
    expect(text(<Mean summary={{ ...summary, mean_interval: null }} />)).toBe("0.9");
    expect(text(<Mean summary={{ ...summary, mean: null }} />)).toBe("–");
  });
});

describe("a difference", () => {
  test("of shares is in points with sign and interval, and drawn", () => {
    const { container } = render(<DifferenceOf view={comparison()} reach={0.028} />);
    expect(container.textContent).toBe("+2.1 points 95% CI +1.4 to +2.8");
    expect(container.querySelector(".range")).not.toBeNull();
  });
  test("of anything else is in its own unit", () => {
    expect(text(<DifferenceOf view={comparison({ unit: "s" })} reach={1} />)).toBe("+0.021 s 95% CI +0.014 to +0.028");
  });
  test("without an interval has no range beside it, and without a mean says why", () => {
    const alone = render(<DifferenceOf view={comparison({ difference: { mean: -0.02, interval: null } })} reach={1} />).container;
    expect(alone.textContent).toBe("−2 points");
    expect(alone.querySelector(".range")).toBeNull();
    expect(text(<DifferenceOf view={comparison({ difference: { mean: null, reason: "no seeds" } })} reach={1} />)).toBe("no seeds");
  });
  test("lies on a line that all intervals share", () => {
    expect(reachOf([{ low: -0.3, high: 0.1, level: 0.95 }, null, { low: 0, high: 0.2, level: 0.95 }] as never)).toBe(0.3);
    expect(reachOf([null, undefined])).toBe(1);
    expect([0, 1, -1, 7].map(markAt)).toEqual(["60", "114", "6", "114"]);
  });
});

test("the first test's p is given with its name; without one, why is on hover", () => {
  expect(text(<Tested view={comparison()} />)).toBe("0.003 paired t");
  expect(title(<Tested view={comparison({ tests: [{ name: "t", p: null, reason: "no variation" }] })} />)).toBe("no variation");
  expect(text(<Tested view={comparison({ tests: [] })} />)).toBe("–");
});

test("chance and effect size have two decimals, the chance its interval", () => {
  expect(text(<Chance view={comparison()} />)).toBe("0.83 (95% CI 0.62 to 0.94)");
  expect(text(<Chance view={comparison({ probability: { value: 0.5, interval: null, reason: null } })} />)).toBe("0.50");
  expect(title(<Chance view={comparison({ probability: { value: null, interval: null, reason: "too few" } })} />)).toBe("too few");
  expect(text(<Effect view={comparison()} />)).toBe("1.23");
  expect(title(<Effect view={comparison({ effects: { hedges_g: null, reason: "no spread" } })} />)).toBe("no spread");
});

test("seeds in which the second arm is higher count ties half, and none where no seeds are shared", () => {
  expect(higherIn(comparison())).toBe("17.5 of 20 paired seeds");
  expect(higherIn(comparison({ share_of_seeds: { value: 1, n: 1 } }))).toBe("1 of 1 paired seed");
  expect(higherIn(comparison({ share_of_seeds: null }))).toBeNull();
  expect(higherIn(comparison({ share_of_seeds: { value: null, n: 0 } }))).toBeNull();
});

test("what does not count is listed with its reasons, and an arm without any is whole", () => {
  const arm = comparedArm("a", { failures: 1, cancelled: 2, missing: 3, non_finite: 4, excluded: [{ seed: 7, reason: "disk full" }] });
  expect(leftOut(arm)).toBe("1 failed; 2 cancelled; 3 without the metric; 4 not finite; seed 7: disk full");
  expect(isWhole(arm)).toBe(false);
  expect(leftOut(comparedArm("a"))).toBe("–");
  expect(isWhole(comparedArm("a"))).toBe(true);
});
