import { fireEvent, screen } from "@testing-library/react";
import { useLocation } from "react-router";
import { expect, test, vi } from "vitest";
import type { Study } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { ArmsShown } from "./ArmsShown";
import { MetricsMenu } from "./MetricsMenu";

const study = (arms: number) =>
  ({ metrics: ["loss", "accuracy"], counts: {}, arms: Array.from({ length: arms }, (_, position) => ({ position, name: `arm ${position}` })) }) as unknown as Study;

const values = (position: number) => ({ position, name: `arm ${position}`, values: { mean: position } });

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}

const open = () => fireEvent.click(screen.getByRole("button", { name: "Add a chart" }));
const search = () => new URLSearchParams(screen.getByTestId("address").textContent);

test("pressing an arm hides it in the charts and keeps that in the address", () => {
  renderAt(
    "/",
    <>
      <ArmsShown study={study(3)} metric="loss" summary="last" />
      <Address />
    </>,
  );
  fireEvent.click(screen.getByRole("button", { name: "arm 1" }));
  expect(search().get("show")).toBe("0,2");
  expect(screen.getByRole("button", { name: "arm 1" }).getAttribute("aria-pressed")).toBe("false");
  fireEvent.click(screen.getByRole("button", { name: "arm 1" }));
  expect(search().get("show")).toBeNull();
});

test("two arms need no choice", () => {
  renderAt("/", <ArmsShown study={study(2)} metric="loss" summary="last" />);
  expect(screen.queryByRole("button")).toBeNull();
});

test("of many arms the shown ones have a chip, and others are found by name or taken as the best", async () => {
  const comparisons = Array.from({ length: 29 }, (_, at) => ({ a: values(0), b: values(at + 1) }));
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ comparisons, ranking: null })));
  renderAt(
    "/",
    <>
      <ArmsShown study={{ ...study(30), direction: "maximize", counts: { queued: 1 } } as unknown as Study} metric="accuracy" summary="last" />
      <Address />
    </>,
  );
  expect(screen.getAllByRole("button", { name: /^arm/ })).toHaveLength(8);
  fireEvent.click(screen.getByText("8 of 30 arms"));
  fireEvent.change(screen.getByRole("searchbox", { name: "Find an arm" }), { target: { value: "arm 29" } });
  fireEvent.click(screen.getByRole("checkbox", { name: "arm 29" }));
  expect(search().get("show")).toBe("0,1,2,3,4,5,6,7,29");
  await vi.waitFor(() => expect(screen.getByRole<HTMLButtonElement>("button", { name: "Best 8" }).disabled).toBe(false));
  fireEvent.click(screen.getByRole("button", { name: "Best 8" }));
  expect(search().get("show")).toBe("22,23,24,25,26,27,28,29");
  fireEvent.click(screen.getByRole("button", { name: "First 8" }));
  expect(search().get("show")).toBeNull();
});

test("charts of many arms begin with the best once all runs have ended", async () => {
  const comparisons = Array.from({ length: 29 }, (_, at) => ({ a: values(0), b: values(at + 1) }));
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ comparisons, ranking: null })));
  renderAt("/", <ArmsShown study={{ ...study(30), direction: "maximize" } as Study} metric="accuracy" summary="last" />);
  await screen.findByRole("button", { name: "arm 29" });
  expect(screen.getAllByRole("button", { name: /^arm/ }).map((button) => button.textContent)).toEqual([22, 23, 24, 25, 26, 27, 28, 29].map((at) => `arm ${at}`));
});

test("another metric's curves are added beside the first, and taken away again", () => {
  renderAt(
    "/",
    <>
      <MetricsMenu study={study(2)} metric="accuracy" />
      <Address />
    </>,
  );
  open();
  fireEvent.click(screen.getByRole("menuitem", { name: "loss" }));
  expect(search().get("also")).toBe("curves.loss");
  open();
  fireEvent.click(screen.getByRole("menuitem", { name: "✓ loss" }));
  expect(search().get("also")).toBeNull();
});
