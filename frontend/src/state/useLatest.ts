import { useInsertionEffect, useRef, type RefObject } from "react";

/** The latest value of a prop for handlers that outlive a render. */
export function useLatest<T>(value: T): RefObject<T> {
  const latest = useRef(value);
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}
