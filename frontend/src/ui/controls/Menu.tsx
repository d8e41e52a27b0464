import { useEffect, useRef, useState, type ReactNode } from "react";

export interface MenuItem {
  name: string;
  run: () => void;
  danger?: boolean;
  disabled?: boolean;
}

interface Props {
  label: string;
  sign: ReactNode;
  items: readonly MenuItem[];
  className?: string;
}

/** A button that opens a short list of actions; closed by choosing, by Esc and by looking elsewhere. */
export function Menu({ label, sign, items, className = "quiet" }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const list = root.current?.querySelector<HTMLElement>("[role=menu]");
    // Beyond the left edge of the window it opens to the right instead.
    if (list && list.getBoundingClientRect().left < 0) list.dataset["side"] = "start";
    root.current?.querySelector<HTMLButtonElement>("[role=menuitem]:not(:disabled)")?.focus({ preventScroll: true });
    const outside = (event: Event) => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const step = (by: number) => {
    const all = [...(root.current?.querySelectorAll<HTMLButtonElement>("[role=menuitem]:not(:disabled)") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[(at + by + all.length) % all.length]?.focus();
  };
  return (
    <div
      className="menu"
      ref={root}
      onKeyDown={(event) => {
        if (!open) return;
        if (event.key === "Escape") {
          setOpen(false);
          button.current?.focus();
        } else if (event.key === "ArrowDown") step(1);
        else if (event.key === "ArrowUp") step(-1);
        else if (event.key === "Tab") return setOpen(false);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {sign}
      </button>
      {open ? (
        <div role="menu" aria-label={label} className="menu-list">
          {items.map((item) => (
            <button
              key={item.name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              disabled={item.disabled === true}
              className={item.danger === true ? "quiet danger-text" : "quiet"}
              onClick={() => {
                setOpen(false);
                button.current?.focus();
                item.run();
              }}
            >
              {item.name}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
