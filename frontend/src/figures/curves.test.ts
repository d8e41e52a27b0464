import { expect, test } from "vitest";
import { curvesOf, paired, seriesCsv } from "./curves";

test("training and validation stand together", () => {
  expect(paired(["loss", "accuracy", "val_loss", "val_accuracy", "rate"])).toEqual([
    ["loss", "val_loss"],
    ["accuracy", "val_accuracy"],
    ["rate"],
  ]);
});

test("values that are not finite leave a gap and are told", () => {
  const figure = curvesOf(["loss", "val_loss"], { loss: { steps: [1, 2, 3], values: [0.5, "NaN", 0.4] } }, 9);
  expect(figure.data[0]).toMatchObject({ y: [0.5, null, 0.4], line: { color: "role:arm1" } });
  expect(figure.notes[0]).toContain("from epoch 2");
  expect(figure.data).toHaveLength(1);
});

test("a metric's name is text, whatever it holds", () => {
  const figure = curvesOf(["<b>%{x}"], { "<b>%{x}": { steps: [1], values: [1] } }, 0);
  expect(figure.data[0]?.["name"]).toBe("&lt;b>%&#123;x}");
});

test("the numbers under the curves are exact, and what is not finite is spelt as the service does", () => {
  const series = { loss: { steps: [1, 2], values: [0.1234567890123, "NaN" as const] }, 'a "b", c': { steps: [1], values: ["-Infinity" as const] } };
  expect(seriesCsv(["loss", 'a "b", c', "none"], series)).toBe('metric,step,value\nloss,1,0.1234567890123\nloss,2,nan\n"a ""b"", c",1,-inf\n');
});
