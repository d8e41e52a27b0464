import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Popover } from "./Popover";

test.each([
  ["Esc", async (user: ReturnType<typeof userEvent.setup>) => user.keyboard("{Escape}")],
  ["a press outside", async (user: ReturnType<typeof userEvent.setup>) => user.click(screen.getByText("elsewhere"))],
])("%s closes it", async (_, close) => {
  const user = userEvent.setup();
  render(
    <>
      <Popover summary="Columns" className="choices">
        <p>inside</p>
      </Popover>
      <p>elsewhere</p>
    </>,
  );
  const details = screen.getByText("Columns").closest("details");
  if (details !== null) details.open = true;
  await user.click(screen.getByText("inside"));
  expect(details?.open).toBe(true);
  await close(user);
  expect(details?.open).toBe(false);
});
