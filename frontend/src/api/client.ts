import type { QueryClient } from "@tanstack/react-query";
import createClient from "openapi-fetch";
import { answered, followed, isFollowed, signedOut, unreachable } from "../state/connection";
import { ApiError, brokenOff, noAnswer, toApiError } from "./errors";
import type { paths } from "./schema";

/** A request about a study that is answered together with others, of one moment. */
interface Waiting {
  request: Request;
  answer: (response: Response) => void;
  fail: (reason: unknown) => void;
}

interface Gathering {
  waiting: Waiting[];
  settled: Promise<string | null>;
}

/** What a snapshot of a study can hold. */
const PART = /^\/api\/v1\/studies\/(\d+)(?:\/(comparisons?|figures\/[^/]+|findings|groups|runs|runs\/compact|seeding|variance))?$/;
const gathering = new Map<number, Gathering>();

/** Studies whose runs have still to end: what is asked of them in one turn of the event loop is answered of one moment. */
export const moving = new Set<number>();

/** The answer to one part of a snapshot, which has been parsed with the others. */
class PartResponse extends Response {
  readonly #value: unknown;

  constructor(status: number, value: unknown) {
    // The typed client asks `json` of what states its length.
    super(null, { status, headers: { "Content-Length": "1" } });
    this.#value = value;
  }

  override json(): Promise<unknown> {
    return Promise.resolve(this.#value);
  }

  override text(): Promise<string> {
    return Promise.resolve(JSON.stringify(this.#value));
  }
}

async function watched(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const study = Number(PART.exec(pathname)?.[1] ?? 0);
  const isRead = request.method === "GET" ? !searchParams.has("format") : request.method === "POST" && pathname.endsWith("/groups");
  if (isRead && moving.has(study)) void gather(study);
  const gathered = isRead ? gathering.get(study) : undefined;
  if (gathered !== undefined) return new Promise((answer, fail) => void gathered.waiting.push({ request, answer, fail }));
  return sent(request);
}

async function sent(request: Request): Promise<Response> {
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

/** Ask for all that waits, each part once. Return what changes once another run has ended; null where there was no answer. */
async function askAtOnce(study: number, waiting: readonly Waiting[]): Promise<string | null> {
  const parts = new Map<string, { address: string; body: Record<string, unknown> | null; waiting: Waiting[] }>();
  try {
    for (const one of waiting) {
      const { pathname, search } = new URL(one.request.url);
      const address = pathname.slice(`/api/v1/studies/${study}/`.length) + search;
      // oxlint-disable-next-line no-await-in-loop -- bodies are there already
      const text = one.request.method === "POST" ? await one.request.text() : "null";
      const part = parts.get(address + text) ?? { address, body: JSON.parse(text) as Record<string, unknown> | null, waiting: [] };
      part.waiting.push(one);
      parts.set(address + text, part);
    }
    const wanted = [...parts.values()];
    const body = { parts: wanted.map(({ address, body: posted }) => ({ address, body: posted })) };
    const { data, error, response } = await api.POST("/api/v1/studies/{study_id}/snapshot", { params: { path: { study_id: study } }, body });
    wanted.forEach(({ waiting: those }, at) => {
      const { status, answer } = data?.parts[at] ?? { status: response.status, answer: error };
      for (const one of those) one.answer(new PartResponse(status, answer));
    });
    return data?.settled ?? null;
  } catch (reason) {
    for (const one of waiting) one.fail(reason);
    return null;
  }
}

/**
 * Answer what is asked of a study in this turn of the event loop by one request, of one moment.
 *
 * @returns what changes once another run has ended or was edited; null where there was no answer, and "" if nothing was asked.
 */
export async function gather(study: number): Promise<string | null> {
  const open = gathering.get(study);
  if (open !== undefined) return open.settled;
  const waiting: Waiting[] = [];
  const turn = new Promise((done) => setTimeout(done));
  const settled = turn.then(() => {
    gathering.delete(study);
    return waiting.length === 0 ? "" : askAtOnce(study, waiting);
  });
  gathering.set(study, { waiting, settled });
  return settled;
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
