import { useState, type FormEvent } from "react";
import { useNavigate } from "react-router";
import { useFloorChanges } from "../../api/changes";
import type { Arm } from "../../api/types";
import { Dialog } from "../../ui/controls/Dialog";
import { Field } from "../../ui/controls/Field";
import { ErrorNote } from "../../ui/notes/Notes";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

/** Asks for a name, and keeps an arm as a noise floor. */
export function SaveFloorDialog({ study, arm, onClose }: { study: number; arm: Arm; onClose: () => void }) {
  const [name, setName] = useState(arm.name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 80));
  const [error, setError] = useState<unknown>(null);
  const { save } = useFloorChanges();
  const navigate = useNavigate();
  const usable = NAME.test(name);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await save.mutateAsync({ name, study_id: study, arm: String(arm.position) });
      await navigate(`/floors/${name}`);
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Dialog title={`Save ${arm.name} as noise floor`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Name" {...(usable ? {} : { fault: "Use letters, digits, dots, dashes and underscores, at most 80." })}>
          {(ids) => <input {...ids} required value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <p className="muted">
          20 finite values or more are kept with recipe, data and environment. Candidates are then judged against them with 3 seeds each.
        </p>
        {error === null ? null : <ErrorNote error={error} />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={!usable || save.isPending}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
