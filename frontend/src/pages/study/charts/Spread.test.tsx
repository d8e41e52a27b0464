import { screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Study } from "../../../api/types";
import { comparison } from "../../../testing/comparisons";
import { renderAt } from "../../../testing/render";
import { Spread } from "./Spread";

const share = (name: string, value: number | null, low?: number, high?: number) => ({ name, share: value, interval: low === undefined ? null : { low, high, level: 0.95 } });
let family: unknown;
let variance: unknown;

beforeEach(() => {
  family = { asks: "means", spreads: [], comparisons: [comparison()] };
  variance = [];
  vi.stubGlobal("fetch", (request: Request) => Promise.resolve(Response.json(request.url.includes("/variance") ? variance : family)));
});

function shown(...policies: Record<string, string>[]): void {
  const arms = policies.map((policy, position) => ({ position, name: `arm ${position}`, policies: policy }));
  renderAt("/studies/3", <Spread study={{ id: 3, unit: "share", arms } as unknown as Study} metric="acc" summary="last" />);
}

const fills = (name: string) => [...document.querySelectorAll<HTMLElement>(`.${name}`)].map(({ style, className }) => [style.width, className]);

test("shares have bars, one above 100% an arrow and a note, and one without an interval no line", async () => {
  variance = [{ variant: "", headline: "Most comes from init.", detail: ["Measured twice."], spreads: [], shares: [share("init", 1.2, 0.4, 1.5), share("split", 0.25), share("order", null)] }];
  shown({ init: "levels" });
  expect(await screen.findByText("Share of the variance by source.")).toBeDefined();
  expect(screen.getByText("Measured twice.")).toBeDefined();
  expect(screen.getByText(/^An arrow marks an estimate above 100%/)).toBeDefined();
  expect(fills("share-fill")).toEqual([["100%", "share-fill share-over"], ["25%", "share-fill"]]);
  expect([...document.querySelectorAll(".share-range")].map(({ className }) => className)).toEqual(["share-range share-range-on"]);
  expect(screen.queryByText("order")).toBeNull();
  expect(screen.getByText("25%")).toBeDefined();
});

test("no bar is cut where none is above 100%, and a variant without shares gives its answer", async () => {
  variance = [
    { variant: "wide", headline: "No share can be told.", detail: [], spreads: [], shares: [] },
    { variant: "deep", headline: "unused", detail: [], spreads: [], shares: [share("init", 1, 0.5, 1)] },
  ];
  shown({ init: "levels" });
  expect(await screen.findByText("No share can be told.")).toBeDefined();
  expect(screen.getByRole("heading", { name: "wide" })).toBeDefined();
  expect(screen.queryByText(/An arrow marks/)).toBeNull();
  expect(fills("share-fill")).toEqual([["100%", "share-fill"]]);
});

test("spreads of arms share a scale, in points for shares", async () => {
  family = {
    asks: "rounds",
    comparisons: [comparison()],
    spreads: [
      { name: "free", position: 0, n: 10, std: 0.02, interval: { low: 0.01, high: 0.04, level: 0.99 } },
      { name: "held", position: 1, n: 1, std: null, interval: null },
    ],
  };
  shown({ init: "vary" }, { init: "fixed" });
  expect(await screen.findByText(/in points\. The line shows its 99% CI\./)).toBeDefined();
  expect(fills("share-fill")).toEqual([["50%", "share-fill"], ["0%", "share-fill"]]);
  expect(screen.getByText("unknown")).toBeDefined();
  expect(screen.getByText("n = 10")).toBeDefined();
});

test("sources that vary together lead to a study that separates them", async () => {
  shown({ init: "vary" }, { init: "vary" });
  expect((await screen.findByRole("link", { name: "Create such a study" })).getAttribute("href")).toBe("/studies/new?clone=3&preset=sources");
});
