import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useFigure } from "./figures";
import { useLastAnswers, useRunLog } from "./runs";

const written = { text: "epoch 9", steps: [9] };

function Watched({ live }: { live: boolean }) {
  useLastAnswers(7, live);
  const log = useRunLog(7, live);
  const curves = useFigure({ runs: "7" }, "curves", { metric: "acc" }, { live });
  return (
    <p>
      {log.data?.text} and {(curves.data?.data[0]?.["x"] as number[] | undefined)?.join(",")}
    </p>
  );
}

beforeEach(() => {
  vi.stubGlobal("fetch", (request: Request) => {
    const log = request.url.endsWith("/log");
    return Promise.resolve(Response.json(log ? { run_id: 7, attempt: 1, text: written.text } : { data: [{ x: written.steps }] }));
  });
});

afterEach(() => vi.unstubAllGlobals());

test("a run watched to its end shows its last epochs and what it wrote last", async () => {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const page = (live: boolean) => (
    <QueryClientProvider client={client}>
      <Watched live={live} />
    </QueryClientProvider>
  );
  const { rerender } = render(page(true));
  expect(await screen.findByText("epoch 9 and 9")).toBeDefined();
  Object.assign(written, { text: "Traceback", steps: [10] });
  await act(() => Promise.resolve(rerender(page(false))));
  expect(await screen.findByText("Traceback and 10")).toBeDefined();
});
