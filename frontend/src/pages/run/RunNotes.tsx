import { useState, type FormEvent } from "react";
import { asApiError } from "../../api/client";
import { useRunChanges } from "../../api/changes";
import type { Run } from "../../api/types";
import { Dialog } from "../../ui/controls/Dialog";
import { Field } from "../../ui/controls/Field";
import { ErrorNote } from "../../ui/notes/Notes";

/** Tags and notes of a run, as somebody wrote them. */
export function RunNotes({ run }: { run: Run }) {
  if (run.tags.length === 0 && run.notes === "") return null;
  return (
    <div className="run-notes">
      {run.tags.length === 0 ? null : (
        <p className="chips">
          {run.tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </p>
      )}
      {run.notes === "" ? null : <p className="study-notes">{run.notes}</p>}
    </div>
  );
}

/** Changes the tags and notes of a run. */
export function RunNotesDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const [tags, setTags] = useState(run.tags.join(" "));
  const [notes, setNotes] = useState(run.notes);
  const { edit } = useRunChanges(run);
  const faults = edit.error === null ? [] : asApiError(edit.error).faults;
  const wrong = (field: string) => faults.find((fault) => fault.field.startsWith(field))?.expected;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    edit.mutate({ tags: tags.split(/[\s,]+/).filter((tag) => tag !== ""), notes }, { onSuccess: onClose });
  };
  return (
    <Dialog title="Tags and notes" onClose={onClose}>
      <form onSubmit={submit} className="fields one">
        <Field label="Tags" help="Separate with spaces." fault={wrong("tags")}>
          {(ids) => <input {...ids} value={tags} onChange={(event) => setTags(event.target.value)} />}
        </Field>
        <Field label="Notes" fault={wrong("notes")}>
          {(ids) => <textarea {...ids} rows={6} value={notes} onChange={(event) => setNotes(event.target.value)} />}
        </Field>
        {edit.error === null ? null : <ErrorNote error={edit.error} />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={edit.isPending}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
