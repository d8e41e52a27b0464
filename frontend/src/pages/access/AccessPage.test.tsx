import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { renderAt } from "../../testing/render";
import AccessPage from "./AccessPage";

const AT = "2026-01-01T12:00:00Z";

test("tokens are created, shown once and revoked; the log says who was refused", async () => {
  const tokens = [{ name: "ada", role: "admin", created_at: AT, used_at: AT, revoked_at: null as string | null }];
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname.replace("/api/v1", "");
    asked.push(`${request.method} ${path}`);
    if (path === "/changes") {
      const item = { at: AT, name: "bob", role: "viewer", method: "DELETE", path: "/api/v1/studies/3", status: 403 };
      return Response.json({ items: [item], total: 1, page: 1, per_page: 50 });
    }
    if (request.method === "POST") {
      const body = (await request.json()) as { name: string; role: string };
      tokens.push({ ...body, created_at: AT, used_at: AT, revoked_at: null });
      return Response.json({ ...body, token: "sst_new" }, { status: 201 });
    }
    if (request.method === "DELETE") {
      for (const token of tokens) if (path === `/tokens/${token.name}`) token.revoked_at = AT;
      return new Response(null, { status: 204 });
    }
    return Response.json(tokens);
  });
  const user = userEvent.setup();
  renderAt("/access", <AccessPage />);
  expect((await screen.findByText("DELETE /api/v1/studies/3")).closest("tr")?.textContent).toContain("Refused (403)");
  await user.type(screen.getByLabelText("Name"), "ci");
  await user.selectOptions(screen.getByLabelText("Role"), "viewer");
  await user.click(screen.getByRole("button", { name: "Create token" }));
  expect(await screen.findByText("sst_new")).toBeDefined();
  await user.click(await screen.findByRole("button", { name: "Revoke ci" }));
  await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Revoke" }));
  expect(await screen.findByText("Revoked")).toBeDefined();
  expect(asked).toContain("DELETE /tokens/ci");
});
