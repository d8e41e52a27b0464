import { fireEvent, screen } from "@testing-library/react";
import { useLocation } from "react-router";
import { expect, test } from "vitest";
import { renderAt } from "../../../testing/render";
import { FirstStep } from "./FirstStep";

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}

test("the condition stands in the address as the metric, and words are refused", () => {
  renderAt(
    "/",
    <>
      <FirstStep metric="val loss" lower />
      <Address />
    </>,
  );
  const field = screen.getByLabelText(/val loss ≤/);
  const button = screen.getByRole<HTMLButtonElement>("button", { name: "Show" });
  for (const wrong of ["", "low", " "]) {
    fireEvent.change(field, { target: { value: wrong } });
    expect(button.disabled).toBe(true);
  }
  fireEvent.change(field, { target: { value: "0.25" } });
  fireEvent.click(button);
  expect(new URLSearchParams(screen.getByTestId("address").textContent).get("metric")).toBe("first_step(val loss<=0.25)");
});
