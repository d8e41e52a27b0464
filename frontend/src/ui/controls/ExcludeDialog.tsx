import { useState, type FormEvent } from "react";
import { Dialog } from "./Dialog";
import { ErrorNote } from "../notes/Notes";

interface Props {
  what: string;
  onClose: () => void;
  onExclude: (reason: string) => Promise<unknown>;
}

/** Asks for the reason, without which nothing is left out of statistics. */
export function ExcludeDialog({ what, onClose, onExclude }: Props) {
  const [reason, setReason] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await onExclude(reason.trim());
      onClose();
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Dialog title={`Exclude ${what}`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="exclude-reason">Reason</label>
        <textarea
          id="exclude-reason"
          rows={3}
          required
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          placeholder="The machine ran out of memory"
        />
        <p className="muted">
          The reason is shown wherever results of this study are reported. Do not exclude runs because of their value: that
          invalidates every interval.
        </p>
        {error === null ? null : <ErrorNote error={error} />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={reason.trim() === ""}>
            Exclude
          </button>
        </div>
      </form>
    </Dialog>
  );
}
