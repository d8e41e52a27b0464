import { useRef, type ReactNode } from "react";
import { useDismiss } from "./useDismiss";

interface Props {
  summary: ReactNode;
  className: string;
  children: ReactNode;
}

/** A folded panel that lies over the page; Esc and a press outside close it. */
export function Popover({ summary, className, children }: Props) {
  const root = useRef<HTMLDetailsElement>(null);
  useDismiss(root);
  return (
    <details ref={root} className={className}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
