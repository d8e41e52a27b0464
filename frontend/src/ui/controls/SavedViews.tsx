import { useState, type FormEvent } from "react";
import { useLocation, useNavigate } from "react-router";
import { keepViews, readViews, withView } from "../../state/savedViews";
import { Dialog } from "./Dialog";
import { Field } from "./Field";
import { Icon } from "../marks/Icon";
import { Menu } from "./Menu";

/** Views of a page kept under a name in this browser; a view is an address, so it can be shared as a link too. */
export function SavedViews({ page }: { page: string }) {
  const [views, setViews] = useState(() => readViews(page));
  const [asking, setAsking] = useState(false);
  const [name, setName] = useState("");
  const location = useLocation();
  const navigate = useNavigate();
  const keep = (next: typeof views) => {
    keepViews(page, next);
    setViews(next);
  };
  const present = views.find((view) => view.search === location.search);
  const save = (event: FormEvent) => {
    event.preventDefault();
    keep(withView(views, { name: name.trim(), search: location.search }));
    setAsking(false);
    setName("");
  };
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
        items={[
          ...views.map((view) => ({
            name: `${view === present ? "✓ " : ""}${view.name}`,
            run: () => void navigate({ pathname: location.pathname, search: view.search }),
          })),
          { name: "Save this view…", run: () => setAsking(true) },
          ...(present === undefined
            ? []
            : [{ name: `Delete “${present.name}”`, run: () => keep(views.filter((view) => view !== present)) }]),
        ]}
      />
      {asking ? (
        <Dialog title="Save this view" onClose={() => setAsking(false)}>
          <form onSubmit={save}>
            <Field label="Name" help="Saved in this browser: filter, sort order, columns, figures, selection.">
              {(ids) => <input {...ids} value={name} onChange={(event) => setName(event.target.value)} />}
            </Field>
            <div className="dialog-foot">
              <button type="submit" className="primary" disabled={name.trim() === ""}>
                Save
              </button>
            </div>
          </form>
        </Dialog>
      ) : null}
    </>
  );
}
