import { useState } from "react";
import { useLocation } from "react-router";
import type { Recipe } from "../../api/types";
import { dropDraft, keepDraft, readDraft } from "./draft";
import { NewStudyForm } from "./NewStudyForm";
import type { Spec } from "./spec/spec";

interface Props {
  recipes: readonly Recipe[];
  /** What the form starts from where nothing was begun yet. */
  first: Spec;
}

/** The form with what was begun in it before, and the way to an empty one. */
export function Drafted({ recipes, first }: Props) {
  const { search } = useLocation();
  const [draft, setDraft] = useState(() => readDraft(search));
  const anew = () => {
    dropDraft();
    setDraft(null);
  };
  return (
    <>
      {draft === null ? null : (
        <p className="note">
          <span>
            Restored your unsaved draft.{" "}
            <button type="button" className="link" onClick={anew}>
              Start over
            </button>
          </span>
        </p>
      )}
      <NewStudyForm
        key={draft === null ? "first" : "draft"}
        recipes={recipes}
        first={draft ?? first}
        onChange={(spec) => keepDraft(search, spec)}
        onSubmitted={dropDraft}
      />
    </>
  );
}
