import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { asApiError } from "./api/client";
import { isFollowed } from "./state/connection";
import { App } from "./shell/App";
import "./sheets";
import { applyPreferences } from "./state/preferences";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1000,
      // A study that is followed hears of every change: single answers would disagree with the rest of the frame.
      refetchOnWindowFocus: (query) => !isFollowed(query.queryKey),
      refetchOnReconnect: (query) => !isFollowed(query.queryKey),
      // A wrong request stays wrong; a service that is away may come back, and every answer is then as good as new.
      retry: (times, error) => times < 2 && ![401, 403, 404, 409, 422].includes(asApiError(error).status),
      retryDelay: (times) => Math.min(4000, 500 * 2 ** times),
    },
  },
});

applyPreferences();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      {/* Fields show what the address holds: as a transition, a typed letter would be taken back for a moment. */}
      <BrowserRouter useTransitions={false}>
        <App />
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
);
