import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { renderAt } from "../../../testing/render";
import { HeldUp } from "./HeldUp";

afterEach(() => vi.unstubAllGlobals());

test("a study whose queue no worker takes from says so with the command that starts one", async () => {
  const blocked = "no worker takes from this queue: start one with `seedspread worker --queue gpu`";
  vi.stubGlobal("fetch", async () => Response.json([{ name: "cpu", blocked: null, waiting: [] }, { name: "gpu", blocked, waiting: [] }]));
  renderAt("/studies/3", <HeldUp study={{ device: "gpu", id: 3 }} counts={{ queued: 3 }} />);
  expect((await screen.findByText("seedspread worker --queue gpu")).tagName).toBe("CODE");
  expect(screen.getByRole("status").textContent).toContain("3 runs wait on gpu: no worker takes from this queue");
});

test("a study that no worker can train says why though its queue moves", async () => {
  const blocked = "the recipe's code changed: submit the study again";
  vi.stubGlobal("fetch", async () => Response.json([{ name: "cpu", blocked: null, waiting: [{ study_id: 3, blocked }] }]));
  renderAt("/studies/3", <HeldUp study={{ device: "cpu", id: 3 }} counts={{ queued: 1 }} />);
  expect((await screen.findByRole("status")).textContent).toContain("1 run waits on cpu: the recipe's code changed");
});
