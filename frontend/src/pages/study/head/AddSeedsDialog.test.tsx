import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { Study } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { AddSeedsDialog } from "./AddSeedsDialog";

afterEach(() => vi.unstubAllGlobals());

const STUDY = { id: 3, recipe: "my-sgd", source_digest: "aa", metric: "loss", summary: "last", arms: [{ name: "base" }], counts: {} } as unknown as Study;

/** Answers with a recipe of that code; the bodies of the requests for seeds. */
function serve(digest: string): unknown[] {
  const bodies: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (!request.url.endsWith("/seeds")) return Response.json({ name: "my-sgd", source_digest: digest });
    bodies.push(await request.json());
    return Response.json({ seeds: [5], runs: 1 }, { status: 201 });
  });
  return bodies;
}

test("seeds of a study whose recipe changed are added once the code is chosen", async () => {
  const bodies = serve("bb");
  const onClose = vi.fn<() => void>();
  renderAt("/studies/3", <AddSeedsDialog study={STUDY} onClose={onClose} />);
  const recorded = await screen.findByRole("radio", { name: "Train with the recorded code" });
  const add = screen.getByRole("button", { name: "Add 10 seeds" });
  expect(add).toHaveProperty("disabled", true);
  fireEvent.click(recorded);
  fireEvent.click(screen.getByRole("radio", { name: "Add new arms with the current code" }));
  fireEvent.click(add);
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(bodies).toEqual([{ count: 10, code: "current" }]);
});

test("seeds of a study with the same code are added at once", async () => {
  const bodies = serve("aa");
  const onClose = vi.fn<() => void>();
  renderAt("/studies/3", <AddSeedsDialog study={STUDY} onClose={onClose} />);
  fireEvent.click(screen.getByRole("button", { name: "Add 10 seeds" }));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(bodies).toEqual([{ count: 10, code: null }]);
  expect(screen.queryByRole("radio")).toBeNull();
});
