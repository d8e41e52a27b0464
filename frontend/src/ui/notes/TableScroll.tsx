import { type ReactNode, useEffect, useRef, useState } from "react";

/** A table that scrolls sideways where it is wider than the page; keys reach it only then. */
export function TableScroll({ className = "", children }: { className?: string; children: ReactNode }) {
  const root = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const area = root.current;
    if (area === null) return;
    const observer = new ResizeObserver(() => setScrolls(area.scrollWidth > area.clientWidth + 1));
    for (const element of [area, ...area.children]) observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={root} className={`table-scroll ${className}`} {...(scrolls ? { tabIndex: 0 } : {})}>
      {children}
    </div>
  );
}
