import { useState } from "react";
import { useNavigate } from "react-router";
import { useStudyChanges } from "../../../api/changes";
import { useReplay } from "../../../api/runs";
import type { Study } from "../../../api/types";
import { counted } from "../../../lib/words";
import { useAddress } from "../../../state/address";
import { useKeys } from "../../../state/bindings";
import { ExcludeDialog } from "../../../ui/controls/ExcludeDialog";
import { TagsDialog } from "../../../ui/dialogs/TagsDialog";
import { ErrorNote } from "../../../ui/notes/Notes";
import type { TableRow } from "./rows";

/** What can be done with the selected runs. */
export function RunsActions({ study, selected }: { study: Study; selected: readonly TableRow[] }) {
  const [asking, setAsking] = useState(false);
  const [tagging, setTagging] = useState(false);
  const navigate = useNavigate();
  const address = useAddress();
  const changes = useStudyChanges(study.id);
  const runs = selected.map((row) => row.id);
  const open = selected.some((row) => row.state === "queued" || row.state === "running");
  const ended = selected.some((row) => row.state === "failed" || row.state === "cancelled");
  const leftOut = selected.some((row) => row.excludedReason !== null);
  const compare = () => {
    if (runs.length >= 2) void navigate(`/compare?runs=${runs.join(",")}`);
  };
  const replay = useReplay();
  const again = () => {
    if (runs.length > 0) replay.mutate({ runs, times: 1, allowChanged: false });
  };
  useKeys([
    { keys: "c", does: "Compare the selected runs", run: compare },
    { keys: "r", does: "Replay the selected runs", run: () => again() },
    { keys: "Escape", does: "Clear selection", run: () => address.set({ sel: null }) },
  ]);
  const error = changes.cancel.error ?? changes.retry.error ?? changes.include.error ?? replay.error;
  if (runs.length === 0) return null;
  return (
    <>
      <span className="nowrap">{counted(runs.length, "run")} selected</span>
      <button type="button" className="small" disabled={runs.length < 2} onClick={compare}>
        Compare {runs.length}
      </button>
      <button type="button" className="small" onClick={() => setAsking(true)}>
        Exclude…
      </button>
      <button type="button" className="small" onClick={() => setTagging(true)}>
        Tags…
      </button>
      {leftOut ? (
        <button type="button" className="small" onClick={() => changes.include.mutate(runs)}>
          Include again
        </button>
      ) : null}
      <button type="button" className="small" onClick={again}>
        Replay
      </button>
      {open ? (
        <button type="button" className="small" onClick={() => changes.cancel.mutate(runs)}>
          Cancel
        </button>
      ) : null}
      {ended ? (
        <button type="button" className="small" onClick={() => changes.retry.mutate(runs)}>
          Retry
        </button>
      ) : null}
      <button type="button" className="small quiet" onClick={() => address.set({ sel: null })}>
        Clear selection
      </button>
      {error === null ? null : <ErrorNote error={error} />}
      {tagging ? (
        <TagsDialog
          what={counted(runs.length, "run")}
          tags={[...new Set(selected.flatMap((row) => row.tags))].toSorted()}
          onClose={() => setTagging(false)}
          onSave={(add, remove) => changes.tag.mutateAsync({ runs, add, remove })}
        />
      ) : null}
      {asking ? (
        <ExcludeDialog
          what={counted(runs.length, "run")}
          onClose={() => setAsking(false)}
          onExclude={(reason) => changes.exclude.mutateAsync({ runs, reason })}
        />
      ) : null}
    </>
  );
}
