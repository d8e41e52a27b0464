import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Recipe } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { CrossForm } from "../form/CrossForm";
import { begun, faultText } from "./faults";

const CROSS = { field: "cross", value: {}, expected: "levels for two or more sources, such as {'split': 5, 'init': 5}" };

test("faults read in the form's words", () => {
  expect(faultText(CROSS)).toBe("expected levels for at least two sources, such as 5 of split and 5 of init");
  expect(faultText({ field: "cross.init", value: "x", expected: "a whole number" })).toBe("x: expected a whole number");
});

test("a preset just chosen is not at fault for what was not typed yet", () => {
  expect(begun({ preset: "factorial" }, [CROSS])).toEqual([]);
  expect(begun({ preset: "factorial", cross: { init: 3 } }, [CROSS])).toEqual([CROSS]);
});

test("levels too few for shares of the variance are warned of", () => {
  const recipe = { sources: ["split", "init"] } as unknown as Recipe;
  renderAt("/", <CrossForm spec={{ cross: { split: 3, init: 4 } }} recipe={recipe} faults={[]} onChange={() => undefined} />);
  expect(screen.getByText(/Use at least 4 levels/)).toBeDefined();
  expect(screen.getByLabelText("Levels of init").getAttribute("aria-describedby")).toBeNull();
});
