import { useEffect, type RefObject } from "react";

/** Close an open `<details>` on Esc and on a press outside it. */
export function useDismiss(element: RefObject<HTMLDetailsElement | null>): void {
  useEffect(() => {
    const close = (details: HTMLDetailsElement) => {
      details.open = false;
    };
    const onPress = (event: Event) => {
      const details = element.current;
      if (details?.open === true && event.target instanceof Node && !details.contains(event.target)) close(details);
    };
    const onKey = (event: KeyboardEvent) => {
      const details = element.current;
      if (event.key !== "Escape" || details?.open !== true) return;
      close(details);
      details.querySelector("summary")?.focus();
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener("pointerdown", onPress);
    document.addEventListener("keydown", onKey, true);
    return () => {
      document.removeEventListener("pointerdown", onPress);
      document.removeEventListener("keydown", onKey, true);
    };
  }, [element]);
}
