import createClient from "openapi-fetch";
import { answered, unreachable } from "../live/connection";
import { ApiError, brokenOff, noAnswer, toApiError } from "./errors";
import type { paths } from "./schema";

async function watched(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    answered();
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
