import { fireEvent, screen } from "@testing-library/react";
import { useLocation } from "react-router";
import { expect, test } from "vitest";
import type { Study } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { ArmsShown } from "./ArmsShown";
import { MetricsMenu } from "./MetricsMenu";

const study = (arms: number) =>
  ({ metrics: ["loss", "accuracy"], arms: Array.from({ length: arms }, (_, position) => ({ position, name: `arm ${position}` })) }) as unknown as Study;

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}

const open = () => fireEvent.click(screen.getByRole("button", { name: "Add a chart" }));
const search = () => new URLSearchParams(screen.getByTestId("address").textContent);

test("pressing an arm hides it in the charts and keeps that in the address", () => {
  renderAt(
    "/",
    <>
      <ArmsShown study={study(3)} />
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
  renderAt("/", <ArmsShown study={study(2)} />);
  expect(screen.queryByRole("button")).toBeNull();
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
