import { useEffect, useRef, type RefObject } from "react";
import { useLocation } from "react-router";

/** The part of a page that a link names after `#`: brought into sight once it is `there`. */
export function useArrival(name: string, there: boolean): RefObject<HTMLDivElement | null> {
  const part = useRef<HTMLDivElement>(null);
  const { hash } = useLocation();
  useEffect(() => {
    if (there && hash === `#${name}`) part.current?.scrollIntoView({ block: "center" });
  }, [hash, name, there]);
  return part;
}
