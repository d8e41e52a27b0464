import createClient from "openapi-fetch";
import type { paths } from "./schema";

/** The service's typed client: a path, field or parameter the API does not have fails the build. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  // Looked up at each call, so that a test may replace it.
  fetch: (request) => fetch(request),
});
