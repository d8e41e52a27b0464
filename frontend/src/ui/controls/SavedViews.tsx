import { useState, type FormEvent } from "react";
import { useLocation, useNavigate } from "react-router";
import { useViewChanges, useViews } from "../../api/catalog";
import { asApiError } from "../../api/client";
import { keepViews, readViews } from "../../state/savedViews";
import { ErrorNote } from "../notes/Notes";
import { Dialog } from "./Dialog";
import { Field } from "./Field";
import { Icon } from "../marks/Icon";
import { Menu, type MenuItem } from "./Menu";

/** Views of a page saved under a name, for everybody; a view is an address, so it can be shared as a link too. */
export function SavedViews({ page }: { page: string }) {
  const [asking, setAsking] = useState(false);
  // Saved in this browser alone, as earlier versions did.
  const [own, setOwn] = useState(() => readViews(page));
  const location = useLocation();
  const navigate = useNavigate();
  const shared = useViews(page).data ?? [];
  const { remove } = useViewChanges(page);
  const forget = (name: string) => {
    const left = own.filter((view) => view.name !== name);
    keepViews(page, left);
    setOwn(left);
  };
  const all = [...shared.map((view) => ({ ...view, mine: false })), ...own.map((view) => ({ ...view, mine: true }))];
  const present = all.find((view) => view.search === location.search);
  const items: MenuItem[] = all.map((view) => ({
    name: `${view === present ? "✓ " : ""}${view.name}${view.mine ? " (this browser)" : ""}`,
    run: () => void navigate({ pathname: location.pathname, search: view.search }),
  }));
  items.push({ name: "Save this view…", run: () => setAsking(true) });
  if (present !== undefined) {
    items.push({ name: `Delete “${present.name}”`, run: () => (present.mine ? forget(present.name) : remove.mutate(present.name)) });
  }
  return (
    <>
      <Menu
        label="Saved views"
        sign={
          <>
            Views <Icon name="down" />
          </>
        }
        className="quiet"
        items={items}
      />
      {asking ? <SaveDialog page={page} search={location.search} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

function SaveDialog({ page, search, onClose }: { page: string; search: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const { save } = useViewChanges(page);
  const taken = save.error !== null && asApiError(save.error).status === 409;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ name: name.trim(), search, replace: taken }, { onSuccess: onClose });
  };
  return (
    <Dialog title="Save this view" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="Name" help="For everybody who uses this service: filter, sort order, columns, charts and their zoom, selection.">
          {(ids) => (
            <input
              {...ids}
              maxLength={100}
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                // Another name is another question.
                save.reset();
              }}
            />
          )}
        </Field>
        {save.error === null ? null : <ErrorNote error={save.error} />}
        <div className="dialog-foot">
          <button type="submit" className="primary" disabled={name.trim() === "" || save.isPending}>
            {taken ? "Replace" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
