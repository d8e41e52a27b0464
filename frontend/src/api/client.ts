import type { QueryClient } from "@tanstack/react-query";
import createClient from "openapi-fetch";
import { answered, followed, isFollowed, signedOut, unreachable } from "../state/connection";
import { ApiError, brokenOff, noAnswer, toApiError } from "./errors";
import type { paths } from "./schema";

async function watched(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    answered();
    // A wrong token at the sign-in is the form's to tell.
    if (response.status === 401 && !request.url.endsWith("/session")) signedOut.set(true);
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    unreachable();
    throw noAnswer();
  }
}

/** The service's typed client: a path, field or parameter the API does not have fails the build. */
export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: watched });

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer; throws `ApiError` for every other. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch((reason: unknown) => {
    // What cannot be read as JSON is an answer that broke off, or a proxy's page.
    throw reason instanceof SyntaxError || reason instanceof TypeError ? brokenOff() : reason;
  });
  if (!response.ok || error !== undefined) throw toApiError(response.status, error);
  return data as T;
}

/** The error in the page's own kind, whatever was thrown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, "page", error instanceof Error ? error.message : String(error));
}

/** Marks, as the third part of a query's key, what the service has to work hard for: asked again less often. */
export const COSTLY = "costly";

/** Fetch a text that the typed client does not read: a report, a CSV. Throw `ApiError` for every refusal. */
export async function fetchText(address: string): Promise<string> {
  const response = await watched(new Request(new URL(address, window.location.origin)));
  if (!response.ok) throw toApiError(response.status, await response.json().catch(() => null));
  return response.text();
}

/** Resolve to true if the service answers at all. */
export async function serviceAnswers(): Promise<boolean> {
  return (await fetch("/api/v1/health").catch(() => null)) !== null;
}

/** Ask again for what begins with a key, or for everything: studies that the page follows whole, the rest query by query. */
export async function askAgain(client: QueryClient, queryKey: readonly unknown[] = []): Promise<void> {
  const [kind = "study", id] = queryKey;
  const studies = kind === "study" ? [...followed].filter(([study]) => id === undefined || id === study) : [];
  await Promise.all([
    client.invalidateQueries({ queryKey, predicate: (query) => !isFollowed(query.queryKey) }),
    ...studies.map(async ([study, refresh]) => {
      // What is not on the page is fetched when it is next drawn.
      await client.invalidateQueries({ queryKey: ["study", study], refetchType: "none" });
      await refresh();
    }),
  ]);
}
