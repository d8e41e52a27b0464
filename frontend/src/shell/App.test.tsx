import { screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { App } from "./App";
import { renderAt } from "../testing/render";

const NOTHING = { items: [], total: 0, page: 1, per_page: 50 };

test("an empty service leads to the first study", async () => {
  vi.stubGlobal("fetch", async (request: Request) => Response.json(/\/(projects|views)(\?|$)/.test(request.url) ? [] : NOTHING));
  renderAt("/", <App />);
  const link = await screen.findByRole("link", { name: "Create a study" });
  expect(link.getAttribute("href")).toBe("/studies/new");
});

test("an error of the service says what happened and what to do", async () => {
  const error = { error: { code: "unavailable", message: "The database is away.", hint: "Start it again.", faults: [] } };
  vi.stubGlobal("fetch", async () => Response.json(error, { status: 503 }));
  renderAt("/", <App />);
  expect(await screen.findByRole("alert")).toBeDefined();
  expect(screen.getByText("Start it again.")).toBeDefined();
});

test("an address that leads nowhere leads back", async () => {
  vi.stubGlobal("fetch", async () => Response.json(NOTHING));
  renderAt("/nowhere", <App />);
  expect(await screen.findByText("No such page")).toBeDefined();
});
