import type { Queue, Worker } from "../../api/types";
import { count, duration, counted } from "../../lib/words";

function waits(queue: Queue): string {
  const number = queue.runs["queued"] ?? 0;
  const left = queue.left_s === null ? "" : `, about ${duration(queue.left_s)} to go`;
  return `${counted(number, "run")} ${number === 1 ? "waits" : "wait"} on ${queue.name}${left}`;
}

/** How workers and queues stand in a sentence, and what holds a queue up, by queue. */
export function standing(workers: readonly Worker[], queues: readonly Queue[]): { sentence: string; trouble: string[] } {
  const alive = workers.filter((worker) => worker.state !== "silent");
  const training = alive.filter((worker) => worker.state === "training").length;
  const who =
    alive.length === 0 ? "No workers" : `${count(training)} of ${counted(alive.length, "worker")} busy`;
  const waiting = queues.filter((queue) => (queue.runs["queued"] ?? 0) > 0);
  const what = waiting.length === 0 ? "nothing waits" : waiting.map(waits).join("; ");
  // The broker is away for every queue alike: said once.
  const told = new Map(queues.flatMap((queue) => (queue.blocked === null ? [] : [[queue.blocked, queue.name] as const])));
  const trouble = [...told].map(([blocked, name]) => (told.size === 1 && queues.every((queue) => queue.blocked === blocked) ? blocked : `${name}: ${blocked}`));
  return { sentence: `${who}; ${what}.`, trouble };
}
