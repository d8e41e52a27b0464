import { screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { App } from "./App";
import { renderAt } from "./testing/render";

test("says that the service answers", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ status: "ok" }));
  renderAt("/", <App />);
  expect(await screen.findByText("ok")).toBeDefined();
});
