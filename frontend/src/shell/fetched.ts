import { serviceAnswers } from "../api/client";
import { readKept, remember } from "../state/preferences";
import { answered, unreachable } from "../state/connection";

const PAUSE_MS = 1500;
const LOADED_KEY = "seedspread.loaded-again";
/** Loaded again so short a time ago, the page is not at fault: it is not there. */
const AGAIN_MS = 15_000;

async function awaitService(): Promise<void> {
  for (;;) {
    if (await serviceAnswers()) return answered();
    unreachable();
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

/**
 * A part of the page that is fetched when it is first opened. Where that fails because the service is away, the page is
 * loaded again once it is back: browsers never ask a second time for a script that could not be fetched.
 */
export async function fetched<T>(load: () => Promise<T>, again: () => void = () => window.location.reload()): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (Date.now() - Number(readKept(LOADED_KEY) ?? 0) < AGAIN_MS) throw error;
    await awaitService();
    remember(LOADED_KEY, String(Date.now()));
    again();
    return await new Promise<never>(() => undefined);
  }
}

/** Fetches parts before they are needed, one after the other, once the browser has nothing better to do. */
export function fetchAhead(loads: readonly (() => Promise<unknown>)[]): void {
  const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1000));
  const [first, ...rest] = loads;
  if (first === undefined) return;
  // One that cannot be fetched now is asked for, and told of, when its page is opened.
  idle(() => void first().then(() => fetchAhead(rest), () => undefined));
}
