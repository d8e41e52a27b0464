import { useState, type FormEvent } from "react";
import { ErrorNote } from "../notes/Notes";
import { Dialog } from "../controls/Dialog";
import { Field } from "../controls/Field";

interface Props {
  /** `3 runs`. */
  what: string;
  /** Tags that any of them has. */
  tags: readonly string[];
  onClose: () => void;
  onSave: (add: string[], remove: string[]) => Promise<unknown>;
}

const tagsOf = (text: string) => [...new Set(text.split(/[\s,]+/).filter((tag) => tag !== ""))];

/** Adds tags to several things at once, and removes those they have. */
export function TagsDialog({ what, tags, onClose, onSave }: Props) {
  const [added, setAdded] = useState("");
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>(null);
  const add = tagsOf(added);
  const save = async () => {
    try {
      await onSave(add, [...removed]);
      onClose();
    } catch (caught) {
      setError(caught);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  return (
    <Dialog title={`Tags of ${what}`} onClose={onClose}>
      <form onSubmit={submit} className="fields one">
        <Field label="Add tags" help="Separate with spaces.">
          {(ids) => <input {...ids} value={added} onChange={(event) => setAdded(event.target.value)} />}
        </Field>
        {tags.length === 0 ? null : (
          <fieldset className="tag-choices">
            <legend>Remove tags</legend>
            {tags.map((tag) => (
              <label key={tag} className="tick">
                <input
                  type="checkbox"
                  checked={removed.includes(tag)}
                  onChange={(event) => setRemoved(event.target.checked ? [...removed, tag] : removed.filter((other) => other !== tag))}
                />{" "}
                {tag}
              </label>
            ))}
          </fieldset>
        )}
        {error === null ? null : <ErrorNote error={error} />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={add.length === 0 && removed.length === 0}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
