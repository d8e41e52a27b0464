import { useState } from "react";
import { useStudies } from "../../../api/studies";
import type { StudyRow } from "../../../api/types";
import { ArmChip } from "../../../ui/marks/ArmChip";
import { ErrorNote } from "../../../ui/notes/Notes";
import { useDebounced } from "../../../state/useDebounced";
import { armKey, type ArmRef } from "../../../arms/address";
import { MOST_ARMS } from "../../../arms/question";

interface Props {
  refs: readonly ArmRef[];
  /** Takes an arm in, or out where it is in: the button stays, and with it the focus. */
  onToggle: (arm: ArmRef) => void;
}

const TYPING_MS = 150;
const SHOWN = 8;

/** Arms of every study, found as one types; those of the studies compared already come first. */
export function AddArms({ refs, onToggle }: Props) {
  const [search, setSearch] = useState("");
  const settled = useDebounced(search.trim(), TYPING_MS);
  const studies = useStudies({ per_page: SHOWN, ...(settled === "" ? {} : { query: settled }) });
  // As it was when this was opened: nothing moves while arms are chosen.
  const [chosen] = useState(() => new Set(refs.map(({ study }) => study)));
  const found = (studies.data?.items ?? []).toSorted((one, other) => Number(chosen.has(other.id)) - Number(chosen.has(one.id)));
  return (
    <div className="add-arms">
      <input
        type="search"
        aria-label="Find studies"
        placeholder="Find studies: name, recipe:digits-mlp, tag:paper"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {studies.error === null ? null : <ErrorNote error={studies.error} />}
      <ul className="add-list">
        {found.map((study) => (
          <Offer key={study.id} study={study} refs={refs} onToggle={onToggle} />
        ))}
      </ul>
      {studies.data !== undefined && found.length === 0 ? <p className="muted">No matching studies.</p> : null}
      {(studies.data?.total ?? 0) > SHOWN ? (
        <p className="figure-notes">The {SHOWN} latest of {studies.data?.total}. Type to find others.</p>
      ) : null}
    </div>
  );
}

function Offer({ study, refs, onToggle }: Props & { study: StudyRow }) {
  const taken = new Set(refs.map(armKey));
  const full = refs.length >= MOST_ARMS;
  return (
    <li>
      <span className="cut" title={study.name}>
        {study.name}
      </span>
      <span className="offers">
        {study.arms.map((arm) => {
          const ref = { study: study.id, arm: arm.position };
          const pressed = taken.has(armKey(ref));
          return (
            <button
              key={arm.position}
              type="button"
              className="small"
              aria-label={`${arm.name} of ${study.name}`}
              aria-pressed={pressed}
              disabled={full && !pressed}
              onClick={() => onToggle(ref)}
            >
              <ArmChip position={arm.position} name={arm.name} />
            </button>
          );
        })}
      </span>
    </li>
  );
}
