import { useState, type FormEvent } from "react";
import { Link } from "react-router";
import { useStudiesChanges } from "../../api/changes";
import type { StudyRow } from "../../api/types";
import { counted } from "../../lib/words";
import { Confirm } from "../../ui/controls/Confirm";
import { Dialog } from "../../ui/controls/Dialog";
import { Field } from "../../ui/controls/Field";
import { TagsDialog } from "../../ui/dialogs/TagsDialog";
import { ErrorNote } from "../../ui/notes/Notes";

interface Props {
  selected: readonly StudyRow[];
  /** Names to choose a project from. */
  projects: readonly string[];
  onClear: () => void;
}

type Asked = "tags" | "project" | "delete" | null;

/** What can be done with the selected studies, all at once. */
export function StudiesActions({ selected, projects, onClear }: Props) {
  const [asked, setAsked] = useState<Asked>(null);
  const changes = useStudiesChanges();
  if (selected.length === 0) return null;
  const studies = selected.map((study) => study.id);
  const what = counted(studies.length, "study");
  const pinned = selected.every((study) => study.pinned);
  const archived = selected.every((study) => study.archived);
  const close = () => setAsked(null);
  const done = () => {
    close();
    onClear();
  };
  return (
    <div className="toolbar bulk" role="group" aria-label="Selected studies">
      <span className="nowrap" role="status">
        {what} selected
      </span>
      <Link className="button small" to={`/runs?studies=${studies.join(",")}`}>
        Runs table
      </Link>
      <button type="button" className="small" onClick={() => setAsked("tags")}>
        Tags…
      </button>
      <button type="button" className="small" onClick={() => setAsked("project")}>
        Project…
      </button>
      <button type="button" className="small" onClick={() => changes.edit.mutate({ studies, pinned: !pinned })}>
        {pinned ? "Unpin" : "Pin"}
      </button>
      <button type="button" className="small" onClick={() => changes.edit.mutate({ studies, archived: !archived }, { onSuccess: onClear })}>
        {archived ? "Restore" : "Archive"}
      </button>
      <button type="button" className="small danger-text" onClick={() => setAsked("delete")}>
        Delete…
      </button>
      <button type="button" className="small quiet" onClick={onClear}>
        Clear selection
      </button>
      {changes.edit.error === null || asked !== null ? null : <ErrorNote error={changes.edit.error} />}
      {asked === "tags" ? (
        <TagsDialog
          what={what}
          tags={[...new Set(selected.flatMap((study) => study.tags))].toSorted()}
          onClose={close}
          onSave={async (add, remove) => {
            await changes.edit.mutateAsync({ studies, add_tags: add, remove_tags: remove });
            onClear();
          }}
        />
      ) : null}
      {asked === "project" ? <ProjectDialog selected={selected} what={what} projects={projects} onClose={close} onDone={done} /> : null}
      {asked === "delete" ? (
        <Confirm
          title={`Delete ${what}?`}
          action={`Delete ${what}`}
          danger
          onClose={close}
          onConfirm={async () => {
            await changes.remove.mutateAsync(studies);
            onClear();
          }}
        >
          This deletes {counted(selected.reduce((sum, study) => sum + study.runs, 0), "run")} with curves, fingerprints and logs. It cannot be undone. Archived
          studies keep theirs.
        </Confirm>
      ) : null}
    </div>
  );
}

interface DialogProps {
  selected: readonly StudyRow[];
  what: string;
  onClose: () => void;
  onDone: () => void;
}

function ProjectDialog({ selected, what, projects, onClose, onDone }: DialogProps & { projects: readonly string[] }) {
  const [first] = selected;
  const shared = selected.every((study) => study.project === first?.project) ? (first?.project ?? "") : "";
  const [project, setProject] = useState(shared);
  const { edit } = useStudiesChanges();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    edit.mutate({ studies: selected.map((study) => study.id), project: project.trim() }, { onSuccess: onDone });
  };
  return (
    <Dialog title={`Project of ${what}`} onClose={onClose}>
      <form onSubmit={submit} className="fields one">
        <Field label="Project" help="A new name makes a new project. Leave it empty for none.">
          {(ids) => <input {...ids} list="project-names" maxLength={100} value={project} onChange={(event) => setProject(event.target.value)} />}
        </Field>
        <datalist id="project-names">
          {projects.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
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
