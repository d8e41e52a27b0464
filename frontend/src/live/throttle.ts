/** Calls `action` at once, then at most once per `intervalMs`, and a last time after the last call. */
export function throttled(action: () => void, intervalMs: number): { call: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting = false;
  const tick = () => {
    timer = undefined;
    if (!waiting) return;
    waiting = false;
    run();
  };
  const run = () => {
    timer = setTimeout(tick, intervalMs);
    action();
  };
  return {
    call() {
      if (timer === undefined) run();
      else waiting = true;
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting = false;
    },
  };
}
