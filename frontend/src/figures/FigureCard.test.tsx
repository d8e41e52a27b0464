import { fireEvent, screen, waitFor } from "@testing-library/react";
import { useLocation } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import type { Figure } from "../lib/figure";
import { KINDS } from "../testing/kinds";
import { renderAt } from "../testing/render";
import { FigureCard } from "./FigureCard";

const react = vi.fn<(root: HTMLElement) => Promise<HTMLElement>>((root) => Promise.resolve(Object.assign(root, { on: listen, removeAllListeners: () => undefined })));
const listeners = new Map<string, (event: object) => unknown>();
const listen = (event: string, handler: (event: object) => unknown) => listeners.set(event, handler);

vi.mock("plotly.js-cartesian-dist-min", () => ({ react: (...args: [HTMLElement]) => react(...args), purge: () => undefined, Plots: { resize: () => Promise.resolve() } }));

const FIGURE: Figure = {
  name: "curves",
  title: "Accuracy over epochs, 3 seeds",
  notes: ["Line: median."],
  empty: false,
  data: [{ type: "scatter", x: [1, 2], y: [3, 4], meta: { role: "centre", arm: 1 } }],
  layout: { xaxis: { title: { text: "epoch" } }, yaxis: {} },
};

/** A chart is drawn in another turn of the event loop than the address changes. */
const SLOW = { timeout: 4000 };

beforeEach(() => {
  listeners.clear();
  react.mockClear();
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(KINDS)));
});

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}

const search = () => new URLSearchParams(screen.getByTestId("address").textContent);

function card(at = "/", figure: Figure | undefined = FIGURE, onArm = vi.fn<(position: number) => void>()) {
  renderAt(
    at,
    <>
      <FigureCard query={{ data: figure, error: null, refetch: () => undefined }} name="Curves" subject={{ study: 1 }} figure="curves" asked={{}} onArm={onArm} />
      <Address />
    </>,
  );
  return onArm;
}

test("a chart is enlarged with every option it has, and its button has the focus again afterwards", async () => {
  card();
  fireEvent.click(screen.getByRole("button", { name: /^Enlarge/ }));
  expect(search().get("big")).toBe("curves");
  const dialog = await screen.findByRole("dialog", { name: FIGURE.title });
  expect(await screen.findByLabelText("Smoothing")).toBeDefined();
  fireEvent.click(screen.getByLabelText("Logarithmic axis"));
  expect(search().get("log")).toBe("1");
  fireEvent(dialog, new Event("cancel", { cancelable: true }));
  expect(search().get("big")).toBeNull();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: /^Enlarge/ })));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a link to an enlarged chart opens it", async () => {
  card("/?big=curves");
  expect(await screen.findByRole("dialog", { name: FIGURE.title })).toBeDefined();
});

test("what is not there cannot be enlarged", () => {
  card("/?big=curves", { ...FIGURE, empty: true });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: /^Enlarge/ }).disabled).toBe(true);
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a zoom goes to the address, comes back from it, and ends with an option that changes the axes", async () => {
  card("/?zoom=curves:1~2,");
  await waitFor(() => expect(listeners.size).toBeGreaterThan(0));
  const [, , layout] = react.mock.calls[0] as unknown as [unknown, unknown, { xaxis: { range: number[] }; yaxis: object }];
  expect(layout.xaxis.range).toEqual([1, 2]);
  expect(layout.yaxis).not.toHaveProperty("range");
  listeners.get("plotly_relayout")?.({ "yaxis.range[0]": 3, "yaxis.range[1]": 4 });
  await waitFor(() => expect(search().get("zoom")).toBe("curves:1~2,3~4"), SLOW);
  listeners.get("plotly_relayout")?.({ "xaxis.autorange": true, "yaxis.autorange": true });
  await waitFor(() => expect(search().get("zoom")).toBeNull(), SLOW);
});

test("the legend hides an arm in every chart, and nothing of plotly's own", async () => {
  const onArm = card();
  await waitFor(() => expect(listeners.size).toBeGreaterThan(0));
  expect(listeners.get("plotly_legendclick")?.({ curveNumber: 0 })).toBe(false);
  expect(onArm).toHaveBeenCalledWith(1);
});

test("a figure is drawn for a paper at the width and font size that are asked for", async () => {
  const links: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click(this: HTMLAnchorElement) {
    links.push(this.href);
  });
  card();
  fireEvent.click(screen.getByRole("button", { name: /^Download/ }));
  fireEvent.click(screen.getByRole("menuitem", { name: "For a paper…" }));
  fireEvent.click(await screen.findByRole("button", { name: "PDF" }));
  expect(links.at(-1)).toContain("/api/v1/studies/1/figures/curves?width_in=3.3&font_pt=8&format=pdf");
  fireEvent.change(screen.getByLabelText("Width (inches)"), { target: { value: "7" } });
  fireEvent.click(screen.getByRole("button", { name: "SVG" }));
  expect(links.at(-1)).toContain("width_in=7&font_pt=8&format=svg");
  fireEvent.change(screen.getByLabelText("Font size (points)"), { target: { value: "400" } });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "PNG" }).disabled).toBe(true);
});
