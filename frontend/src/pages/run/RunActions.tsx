import { useState } from "react";
import { useRunChanges } from "../../api/changes";
import { asApiError } from "../../api/client";
import { useReplay } from "../../api/runs";
import type { Run } from "../../api/types";
import { useKeys } from "../../state/bindings";
import { useCommands } from "../../state/commands";
import { ExcludeDialog } from "../../ui/controls/ExcludeDialog";
import { Menu } from "../../ui/controls/Menu";
import { Icon } from "../../ui/marks/Icon";
import { ErrorNote } from "../../ui/notes/Notes";
import { RunNotesDialog } from "./RunNotes";

/** What can be done with a run, by how it stands. */
export function RunActions({ run }: { run: Run }) {
  const [asking, setAsking] = useState(false);
  const [writing, setWriting] = useState(false);
  const changes = useRunChanges(run);
  const replay = useReplay();
  const open = run.state === "queued" || run.state === "running";
  const train = (allowChanged: boolean) => replay.mutate({ runs: [run.id], times: 1, allowChanged });
  const start = () => {
    if (run.state === "finished") train(false);
  };
  useKeys([{ keys: "r", does: "Replay this run", run: start }]);
  const again = run.state === "failed" || run.state === "cancelled";
  useCommands([
    ...(run.state === "finished" ? [{ name: "Replay this run", run: start }] : []),
    ...(open && !run.cancel_requested ? [{ name: "Cancel this run", run: () => changes.cancel.mutate() }] : []),
    ...(again ? [{ name: "Retry this run", run: () => changes.retry.mutate() }] : []),
    run.excluded_reason === null
      ? { name: "Exclude this run from statistics…", run: () => setAsking(true) }
      : { name: "Include this run again", run: () => changes.include.mutate() },
  ]);
  const error = changes.error ?? replay.error;
  return (
    <>
      {run.state === "finished" ? (
        <button type="button" className="primary" onClick={start} disabled={replay.isPending}>
          Replay
        </button>
      ) : null}
      {open ? (
        <button type="button" onClick={() => changes.cancel.mutate()} disabled={run.cancel_requested}>
          {run.cancel_requested ? "Stopping…" : "Cancel"}
        </button>
      ) : null}
      {again ? (
        <button type="button" className="primary" disabled={changes.retry.isPending} onClick={() => changes.retry.mutate()}>
          Retry
        </button>
      ) : null}
      {run.excluded_reason === null ? (
        <button type="button" onClick={() => setAsking(true)}>
          Exclude…
        </button>
      ) : (
        <button type="button" onClick={() => changes.include.mutate()}>
          Include again
        </button>
      )}
      <Menu
        label="More about this run"
        sign={<Icon name="more" />}
        className=""
        items={[
          { name: "Tags and notes…", run: () => setWriting(true) },
          { name: "Copy link", run: () => void navigator.clipboard.writeText(window.location.href) },
        ]}
      />
      {error === null ? null : <ErrorNote error={error} />}
      {replay.error !== null && asApiError(replay.error).code === "code_changed" ? (
        <button type="button" disabled={replay.isPending} onClick={() => train(true)}>
          Replay with changed code
        </button>
      ) : null}
      {writing ? <RunNotesDialog run={run} onClose={() => setWriting(false)} /> : null}
      {asking ? (
        <ExcludeDialog
          what={`${run.arm_name}, seed ${run.seed}`}
          onClose={() => setAsking(false)}
          onExclude={(reason) => changes.exclude.mutateAsync(reason)}
        />
      ) : null}
    </>
  );
}
