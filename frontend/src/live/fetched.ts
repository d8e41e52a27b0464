import { answered, unreachable } from "./connection";

const TRIES = 40;
const PAUSE_MS = 1500;

/** A part of the page that is fetched when it is first opened; tried again for a minute where the service is away. */
export async function fetched<T>(load: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      const part = await load();
      answered();
      return part;
    } catch (error) {
      if (left === 0) throw error;
      unreachable();
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
