import { expect, test } from "vitest";
import type { Figure } from "../../../lib/figure";
import { inPlace, onOneScale, overlaidFigures, stackedFigures } from "./merged";

function curves(name: string, n: number): Figure {
  return {
    name: "curves",
    title: "Accuracy over steps",
    notes: [`${name} has a note`, "both have this one"],
    empty: false,
    data: [
      { y: [0.1, n], meta: { role: "seeds", arm: 0 }, line: { color: "role:arm0", dash: "solid" }, name, showlegend: false },
      { y: [0.2], meta: { role: "band", arm: 0 }, fillcolor: "role:arm0/0.22", line: { width: 0 }, showlegend: false },
      { y: [0.2], meta: { role: "centre", arm: 0 }, line: { dash: "solid" }, marker: { color: "role:arm0", symbol: "circle" }, name: `${name} (n = ${n})` },
    ],
    layout: { xaxis: { title: { text: `step, n = ${n} at every step` } }, yaxis: { domain: [0, 1] } },
  };
}

function rows(name: string, x: number[]): Figure {
  return {
    name: "distribution",
    title: "Accuracy",
    notes: [],
    empty: false,
    data: [{ x, y: x.map(() => 0.25), meta: { role: "points", arm: 0 } }],
    layout: { xaxis: {}, yaxis: { tickvals: [0], ticktext: [`${name}<br>n = ${x.length}`], range: [-0.5, 0.5] } },
  };
}

test("an arm drawn in another place has that place's colour, marker and dash, and its name here", () => {
  const drawn = inPlace(curves("base", 3), 2, "base <b> (study 4)");
  expect(drawn.data[0]).toMatchObject({ line: { color: "role:arm2", dash: "solid" }, meta: { role: "seeds", arm: 2 } });
  expect(drawn.data[1]).toMatchObject({ fillcolor: "role:arm2/0.22", line: { width: 0 } });
  expect(drawn.data[2]).toMatchObject({ line: { dash: "dot" }, marker: { color: "role:arm2", symbol: "diamond" }, name: "base &lt;b&gt; (study 4) (n = 3)" });
  expect(inPlace(rows("base", [1]), 1, "base (study 4)").layout).toMatchObject({ yaxis: { ticktext: ["base (study 4)<br>n = 1"] } });
});

test("the ninth arm has the first one's colour and a marker of its own", () => {
  expect(inPlace(curves("base", 3), 8, "i").data[2]).toMatchObject({ marker: { color: "role:arm0", symbol: "cross" } });
});

test("overlaid, seeds lie below bands and bands below centres, and no axis speaks for one arm alone", () => {
  const both = overlaidFigures([curves("a", 3), curves("b", 4)], "Both");
  expect(both?.data.map((trace) => (trace["meta"] as { role: string }).role)).toEqual(["seeds", "seeds", "band", "band", "centre", "centre"]);
  expect(both?.layout).toMatchObject({ xaxis: { title: { text: "step" } }, showlegend: true });
  expect(both?.notes).toEqual(["a has a note", "both have this one", "b has a note"]);
  expect(overlaidFigures([], "None")).toBeNull();
});

test("rows of several figures stand below each other under their own names", () => {
  const both = stackedFigures([rows("a", [1, 2]), rows("b", [3])], "Both");
  expect(both?.data.map((trace) => trace["y"])).toEqual([[0.25, 0.25], [-0.75]]);
  expect(both?.layout).toMatchObject({ yaxis: { tickvals: [-0, -1], ticktext: ["a<br>n = 2", "b<br>n = 1"], range: [-1.55, 0.55] } });
});

test("figures side by side share the range of their measure, and a constant still has one", () => {
  const [left, right] = onOneScale([rows("a", [1, 2]), rows("b", [5])], "x");
  expect(left?.layout["xaxis"]).toEqual({ range: [0.8, 5.2] });
  expect(right?.layout["xaxis"]).toEqual({ range: [0.8, 5.2] });
  expect(onOneScale([rows("a", [2])], "x")[0]?.layout["xaxis"]).toEqual({ range: [1.9, 2.1] });
  expect(onOneScale([rows("a", [])], "x")[0]?.layout["xaxis"]).toEqual({});
});

test("an arm with nothing to draw leaves the others alone, and its notes stay", () => {
  const empty: Figure = {
    ...rows("c", []),
    empty: true,
    notes: ["c: 1 run failed."],
    data: [],
    layout: { xaxis: { visible: false }, yaxis: { visible: false }, annotations: [{ text: "No run gave a value." }] },
  };
  const stacked = stackedFigures([empty, rows("a", [1, 2]), rows("b", [3])], "All");
  expect(stacked?.layout["annotations"]).toBeUndefined();
  expect(stacked).toMatchObject({ empty: false, notes: ["c: 1 run failed."], layout: { yaxis: { tickvals: [-0, -1] } } });
  const over = overlaidFigures([empty, curves("a", 3)], "All");
  expect(over?.data).toHaveLength(3);
  expect(over?.layout["annotations"]).toBeUndefined();
  expect(overlaidFigures([empty, empty], "All")).toMatchObject({ empty: true, title: "All", layout: { annotations: [{}] } });
  const [left, right] = onOneScale([empty, rows("a", [1, 2])], "x");
  expect(left?.layout["xaxis"]).toEqual({ visible: false });
  expect(right?.layout["xaxis"]).toEqual({ range: [0.95, 2.05] });
});
