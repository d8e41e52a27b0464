import { useState, type ReactNode } from "react";
import { Dialog } from "./Dialog";
import { ErrorNote } from "../notes/Notes";

interface Props {
  title: string;
  action: string;
  danger?: boolean;
  onClose: () => void;
  onConfirm: () => Promise<unknown>;
  children: ReactNode;
}

/** Asks before what cannot be undone; says what is lost and what stays. */
export function Confirm({ title, action, danger = false, onClose, onConfirm, children }: Props) {
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    try {
      await onConfirm();
      onClose();
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      {error === null ? null : <ErrorNote error={error} />}
      <div className="dialog-foot">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className={danger ? "danger" : "primary"} onClick={() => void confirm()}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
