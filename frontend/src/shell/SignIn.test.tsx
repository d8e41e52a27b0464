import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { signedOut } from "../state/connection";
import { renderAt } from "../testing/render";
import { App } from "./App";

const NOTHING = { items: [], total: 0, page: 1, per_page: 50 };
const REFUSED = { error: { code: "unauthorized", message: "this token does not sign anybody in", hint: "Check it.", faults: [] } };

/** A service that requires a token: what it answers depends on whether the browser has signed in. */
function service(role: "member" | "admin") {
  let open = false;
  const session = () => ({ required: true, name: open ? "ada" : null, role: open ? role : null });
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname;
    if (path === "/api/v1/session") {
      if (request.method === "DELETE") open = false;
      if (request.method === "POST") open = ((await request.json()) as { token: string }).token === "sst_right";
      if (request.method === "DELETE") return new Response(null, { status: 204 });
      return request.method === "POST" && !open ? Response.json(REFUSED, { status: 401 }) : Response.json(session());
    }
    if (!open) return Response.json(REFUSED, { status: 401 });
    if (path === "/api/v1/projects" || path === "/api/v1/views") return Response.json([]);
    return Response.json(NOTHING);
  });
}

afterEach(() => signedOut.set(false));

test("a browser without a token is asked for one, told when it is wrong, and let in", async () => {
  service("member");
  const user = userEvent.setup();
  renderAt("/", <App />);
  await user.type(await screen.findByLabelText("Token"), "sst_wrong{Enter}");
  expect(await screen.findByText("this token does not sign anybody in")).toBeDefined();
  await user.clear(screen.getByLabelText("Token"));
  await user.type(screen.getByLabelText("Token"), " sst_right {Enter}");
  expect(await screen.findByRole("link", { name: "Create a study" })).toBeDefined();
  expect(screen.queryByLabelText("Token")).toBeNull();
  expect(screen.queryByRole("link", { name: "Access" })).toBeNull();
  await user.click(await screen.findByRole("button", { name: "Sign out" }));
  expect(await screen.findByLabelText("Token")).toBeDefined();
});

test("an admin reaches the tokens", async () => {
  service("admin");
  const user = userEvent.setup();
  renderAt("/", <App />);
  await user.type(await screen.findByLabelText("Token"), "sst_right{Enter}");
  await waitFor(() => expect(screen.getByRole("link", { name: "Access" }).getAttribute("href")).toBe("/access"));
});
