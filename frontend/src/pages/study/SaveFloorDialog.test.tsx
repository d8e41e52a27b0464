import { fireEvent, screen } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { afterEach, expect, test, vi } from "vitest";
import type { Arm } from "../../api/types";
import { renderAt } from "../../testing/render";
import { SaveFloorDialog } from "./SaveFloorDialog";

afterEach(() => vi.unstubAllGlobals());

test("an arm is saved under a usable name, and its floor is opened", async () => {
  let body: unknown;
  vi.stubGlobal("fetch", async (request: Request) => {
    body = await request.json();
    return Response.json({});
  });
  renderAt(
    "/studies/3",
    <Routes>
      <Route path="/studies/3" element={<SaveFloorDialog study={3} arm={{ position: 1, name: "lr = 0.1" } as Arm} onClose={() => undefined} />} />
      <Route path="/floors/:floor" element={<p>The floor</p>} />
    </Routes>,
  );
  const name = screen.getByLabelText("Name");
  expect(name.getAttribute("value")).toBe("lr-0.1");
  fireEvent.change(name, { target: { value: "no blanks" } });
  expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
  fireEvent.change(name, { target: { value: "calm" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("The floor")).toBeDefined();
  expect(body).toEqual({ error: 0.05, name: "calm", study_id: 3, arm: "1" });
});
