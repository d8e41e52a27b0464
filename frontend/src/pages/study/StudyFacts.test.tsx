import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Study } from "../../api/types";
import { renderAt } from "../../testing/render";
import { StudyFacts } from "./StudyFacts";

const ARM = { differs: {}, mean: 0.596, sd: 0.08, runs: 20 };
const STUDY = {
  id: 3,
  recipe: "toy",
  recipe_version: "1",
  metric: "accuracy",
  direction: "maximize",
  summary: "last",
  unit: "share",
  smallest_difference: null,
  created_at: "2030-05-17T12:00:00Z",
  tags: [],
  notes: "",
  recipe_changed: false,
  arms: [
    { ...ARM, name: "base", position: 0, n: 19 },
    { ...ARM, name: "wide", position: 1, n: 20 },
  ],
} as unknown as Study;

test("an arm's mean is told with the seeds it is made of", () => {
  renderAt("/", <StudyFacts study={STUDY} named={false} />);
  const [base, wide] = screen.getAllByRole("listitem").map((item) => item.textContent);
  expect(base).toContain("19 of 20 seeds,");
  expect(wide).toContain("20 seeds,");
  expect(wide).not.toContain("of 20");
});
