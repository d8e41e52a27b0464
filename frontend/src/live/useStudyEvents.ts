import { useEffect, useState } from "react";
import { useLatest } from "../state/useLatest";
import { studyEvents } from "../api/studies";
import { answered, followed, unreachable } from "../state/connection";
import { differ, goingOn, merge, parseEvent, UNHEARD, type Live } from "../lib/events";
import { throttled } from "./throttle";

export type Link = "connecting" | "live" | "away" | "gone";

const RENDER_MS = 250;
const RETRY_MS = 3000;

interface Options {
  /** Called at first where runs have still to end, when something moved, at most once per `refreshMs`, and for everything when the page asks for it. */
  onMoved: (current: () => Live, all?: boolean) => unknown;
  refreshMs: number;
  /** Called when the service answers, but not with a stream. */
  onRefused: () => void;
  /** Runs by state when the page was loaded: what ended between that and the first event was never drawn. */
  seen: Record<string, number>;
}

/** A study's event stream: resumed after sleep or a restart of the service, drawn at most four times a second. */
export function useStudyEvents(study: number, { onMoved, onRefused, refreshMs, seen }: Options): { live: Live; link: Link } {
  const [live, setLive] = useState<Live>(UNHEARD);
  const [link, setLink] = useState<Link>("connecting");
  const moved = useLatest(onMoved);
  const refused = useLatest(onRefused);
  const loaded = useLatest(seen);

  useEffect(() => {
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let latest = UNHEARD;
    const render = throttled(() => setLive(latest), RENDER_MS);
    const refresh = throttled(() => moved.current(() => latest), refreshMs);

    const open = () => {
      source = studyEvents(study);
      source.addEventListener("open", () => {
        setLink("live");
        answered();
      });
      source.addEventListener("runs", (message: MessageEvent<string>) => {
        const event = parseEvent(message.data);
        if (event === null) return;
        const first = latest === UNHEARD;
        latest = merge(latest, event);
        render.call();
        if (!first || differ(event.counts, loaded.current)) refresh.call();
      });
      source.addEventListener("gone", () => {
        setLink("gone");
        source?.close();
      });
      source.addEventListener("error", () => {
        setLink((before) => (before === "gone" ? before : "away"));
        // The browser tries again by itself, except after an answer that was no stream.
        if (source?.readyState !== EventSource.CLOSED) return unreachable();
        refused.current();
        retry = setTimeout(open, RETRY_MS);
      });
    };
    open();
    // What the page was drawn from was asked for bit by bit.
    if (goingOn(loaded.current)) refresh.call();
    followed.set(study, async () => moved.current(() => latest, true));
    return () => {
      followed.delete(study);
      source?.close();
      clearTimeout(retry);
      render.stop();
      refresh.stop();
    };
  }, [study, refreshMs, moved, refused, loaded]);

  return { live, link };
}
