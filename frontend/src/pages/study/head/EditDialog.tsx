import { useState, type FormEvent } from "react";
import { asApiError } from "../../../api/client";
import { useStudyChanges } from "../../../api/changes";
import type { Study } from "../../../api/types";
import { Dialog } from "../../../ui/controls/Dialog";
import { Field } from "../../../ui/controls/Field";
import { ErrorNote } from "../../../ui/notes/Notes";

/** Changes what describes a study; what it asks stays as it was submitted. */
export function EditDialog({ study, onClose }: { study: Study; onClose: () => void }) {
  const [name, setName] = useState(study.name);
  const [project, setProject] = useState(study.project);
  const [tags, setTags] = useState(study.tags.join(" "));
  const [notes, setNotes] = useState(study.notes);
  const { edit } = useStudyChanges(study.id);
  const faults = edit.error === null ? [] : asApiError(edit.error).faults;
  const told = (field: string) => faults.find((fault) => fault.field.startsWith(field))?.expected;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = { name: name.trim(), project: project.trim(), tags: tags.split(/[\s,]+/).filter((tag) => tag !== ""), notes };
    edit.mutate(given, { onSuccess: onClose });
  };
  return (
    <Dialog title="Name, project, tags, notes" onClose={onClose}>
      <form onSubmit={submit} className="fields one">
        <Field label="Name" fault={told("name")}>
          {(ids) => <input {...ids} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Project" help="Leave it empty for none." fault={told("project")}>
          {(ids) => <input {...ids} maxLength={100} value={project} onChange={(event) => setProject(event.target.value)} />}
        </Field>
        <Field label="Tags" help="Separate with spaces." fault={told("tags")}>
          {(ids) => <input {...ids} value={tags} onChange={(event) => setTags(event.target.value)} />}
        </Field>
        <Field label="Notes" fault={told("notes")}>
          {(ids) => <textarea {...ids} rows={6} value={notes} onChange={(event) => setNotes(event.target.value)} />}
        </Field>
        {edit.error === null ? null : <ErrorNote error={edit.error} />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={name.trim() === "" || edit.isPending}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
