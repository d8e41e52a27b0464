import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { useLocation } from "react-router";
import { KINDS } from "../testing/kinds";
import { renderAt } from "../testing/render";
import { FigureChoice } from "./FigureChoice";

beforeEach(() => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(KINDS)));
});

function Address() {
  return <output>{useLocation().search}</output>;
}

async function choice(address: string, given = {}): Promise<HTMLSelectElement> {
  renderAt(
    address,
    <>
      <FigureChoice figure="curves" option="centre" {...given} />
      <Address />
    </>,
  );
  return screen.findByLabelText<HTMLSelectElement>("Center and band");
}

test("a figure's choices, labels and default are the service's", async () => {
  const select = await choice("/");
  expect([...select.options].map(({ value, text }) => [value, text])).toEqual([
    ["median", "Median and IQR"],
    ["mean", "Mean and 95% CI"],
  ]);
  expect(select.value).toBe("median");
});

test("the address holds what was chosen, and no default", async () => {
  const select = await choice("/?centre=mean");
  expect(select.value).toBe("mean");
  fireEvent.change(select, { target: { value: "median" } });
  expect(screen.getByRole("status").textContent).toBe("");
  fireEvent.change(select, { target: { value: "mean" } });
  expect(screen.getByRole("status").textContent).toBe("?centre=mean");
});

test("a value that the figure does not offer counts as the default, and the address may call the option otherwise", async () => {
  const select = await choice("/?centre=mode&middle=mean", { param: "middle" });
  expect(select.value).toBe("mean");
  fireEvent.change(select, { target: { value: "median" } });
  expect(screen.getByRole("status").textContent).toBe("?centre=mode");
});

test("an option that no figure has is not offered", () => {
  renderAt("/", <FigureChoice figure="curves" option="kind" />);
  expect(screen.queryByRole("combobox")).toBeNull();
});
