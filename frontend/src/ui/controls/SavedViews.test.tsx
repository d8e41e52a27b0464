import { fireEvent, screen, waitFor } from "@testing-library/react";
import { useLocation } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { renderAt } from "../../testing/render";
import { SavedViews } from "./SavedViews";

const MEMBER = { required: false, name: null, role: "admin", study: null };
let session: object = MEMBER;
const asked: string[] = [];
let views: { name: string; search: string; saved_at: string }[] = [];

async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname.endsWith("/session")) return Response.json(session);
  asked.push(url.pathname);
  if (request.method === "GET") return Response.json(views);
  if (request.method === "DELETE") {
    views = views.filter(({ name }) => name !== url.searchParams.get("name"));
    return new Response(null, { status: 204 });
  }
  const order = (await request.json()) as { name: string; search: string; replace: boolean };
  const other = views.find(({ name }) => name === order.name);
  if (other !== undefined && other.search !== order.search && !order.replace) {
    return Response.json({ error: { code: "conflict", message: `Another view is saved as ${order.name}.`, hint: "Choose another name, or replace it." } }, { status: 409 });
  }
  const saved = { name: order.name, search: order.search, saved_at: "2026-01-01T00:00:00Z" };
  views = [...views.filter(({ name }) => name !== order.name), saved];
  return Response.json(saved);
}

beforeEach(() => {
  localStorage.clear();
  session = MEMBER;
  asked.length = 0;
  views = [{ name: "best", search: "?show=0,2", saved_at: "2026-01-01T00:00:00Z" }];
  vi.stubGlobal("fetch", answer);
});

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}

function shown(at: string) {
  renderAt(
    at,
    <>
      <SavedViews page="study-3" />
      <Address />
    </>,
  );
}

const open = () => fireEvent.click(screen.getByRole("button", { name: "Saved views" }));

test("views that anybody saved are in the menu and lead to their address", async () => {
  shown("/");
  open();
  fireEvent.click(await screen.findByRole("menuitem", { name: "best" }));
  expect(screen.getByTestId("address").textContent).toBe("?show=0,2");
  open();
  fireEvent.click(await screen.findByRole("menuitem", { name: "Delete “best”" }));
  await waitFor(() => expect(views).toEqual([]));
});

test("a name that is taken is answered, and replaced only when asked", async () => {
  shown("/?metric=loss");
  open();
  fireEvent.click(screen.getByRole("menuitem", { name: "Save this view…" }));
  const field = await screen.findByLabelText("Name");
  fireEvent.change(field, { target: { value: "best" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Another view is saved as best.");
  expect(views[0]?.search).toBe("?show=0,2");
  fireEvent.change(field, { target: { value: "best 2" } });
  expect(screen.queryByRole("alert")).toBeNull();
  fireEvent.change(field, { target: { value: "best" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  fireEvent.click(await screen.findByRole("button", { name: "Replace" }));
  await waitFor(() => expect(views).toEqual([{ name: "best", search: "?metric=loss", saved_at: "2026-01-01T00:00:00Z" }]));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("views of this browser alone are still there", async () => {
  localStorage.setItem("seedspread.views.study-3", JSON.stringify([{ name: "old", search: "?log=1" }]));
  shown("/");
  open();
  fireEvent.click(await screen.findByRole("menuitem", { name: "old (this browser)" }));
  expect(screen.getByTestId("address").textContent).toBe("?log=1");
});

test("whoever reads a shared study is not asked to see the views of others", async () => {
  session = { required: true, name: "share link 1", role: "viewer", study: 3 };
  shown("/");
  open();
  await screen.findByRole("menuitem", { name: "Save this view…" });
  expect(asked).toEqual([]);
});
