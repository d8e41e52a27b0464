import { useEffect, type RefObject } from "react";

/** Marks a figure may have before it costs every frame of a scroll more than a millisecond. */
const HEAVY = 500;

/**
 * Leaves an element out of what the browser lays out and paints while it is out of sight.
 *
 * Each mark of a figure is an element with a place of its own, and a browser goes through all of them for every frame in
 * which anything on the page changes: 10,000 marks took two thirds of a frame of the table far below them.
 * `content-visibility: auto` begins a screen and a half away, which is too far.
 */
export function useUnseen(element: RefObject<HTMLElement | null>, marks: number): void {
  const heavy = marks > HEAVY;
  useEffect(() => {
    const found = element.current;
    if (!heavy || found === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => found.classList.toggle("unseen", !(entries.at(-1)?.isIntersecting ?? true)),
      { rootMargin: "100px" },
    );
    observer.observe(found);
    return () => {
      observer.disconnect();
      found.classList.remove("unseen");
    };
  }, [element, heavy]);
}
