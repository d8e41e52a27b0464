import { useEffect, useId, useRef, type ReactNode } from "react";
import { Icon } from "../marks/Icon";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** `full` leaves a chart as much of the window as there is. */
  size?: "wide" | "full";
}

/** A modal dialog: the browser's own, so focus, Esc and what lies behind are in its hands. */
export function Dialog({ title, onClose, children, size }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // The first field, where there is one: a dialog is opened to say something in it.
    element?.querySelector<HTMLElement>("input, textarea, select")?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={size === undefined ? "dialog" : `dialog ${size}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" className="quiet" onClick={onClose} aria-label="Close">
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
