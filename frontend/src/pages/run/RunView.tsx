import { useLastAnswers } from "../../api/runs";
import type { Run } from "../../api/types";
import { PageHead } from "../../ui/notes/PageHead";
import { shownState, StateMark } from "../../ui/marks/StateMark";
import { Attempts } from "./facts/Attempts";
import { Beside } from "./Beside";
import { Environment } from "./facts/Environment";
import { Fingerprints } from "./facts/Fingerprints";
import { Log } from "./facts/Log";
import { Parameters } from "./facts/Parameters";
import { Recorded } from "./facts/Recorded";
import { Repeat } from "./Repeat";
import { Replays } from "./Replays";
import { RunActions } from "./RunActions";
import { RunAnswer } from "./RunAnswer";
import { RunCurves } from "./RunCurves";
import { RunNotes } from "./RunNotes";
import { Sources } from "./facts/Sources";
import { System } from "./facts/System";

function LogAndAttempts({ run, live }: { run: Run; live: boolean }) {
  return (
    <div className="columns">
      <Log run={run} live={live} />
      <Attempts run={run} />
    </div>
  );
}

/** A run: what it was, what it did, whether it repeats. */
export function RunView({ run }: { run: Run }) {
  const share = run.epochs === null ? 0.5 : run.epoch / run.epochs;
  // What a failed run wrote says why: it comes right after the reason.
  const failed = run.state === "failed";
  const live = run.state === "running" || run.state === "queued";
  useLastAnswers(run.id, live);
  return (
    <>
      <PageHead
        crumbs={[
          { name: "Studies", to: "/" },
          { name: run.study_name, to: `/studies/${run.study_id}` },
        ]}
        title={`${run.arm_name}, seed ${run.seed}`}
        aside={<StateMark state={shownState(run.state, run.diverged)} share={share} word />}
        actions={<RunActions run={run} />}
      />
      <RunNotes run={run} />
      <Beside run={run} />
      <RunAnswer run={run} />
      {failed ? <LogAndAttempts run={run} live={live} /> : null}
      <div className="figures">
        <RunCurves run={run} live={live} />
      </div>
      <Recorded run={run} />
      <Fingerprints run={run} />
      <Replays run={run} />
      <div className="columns">
        <Sources run={run} />
        <Parameters run={run} />
      </div>
      <Repeat run={run} />
      {failed ? null : <LogAndAttempts run={run} live={live} />}
      <System run={run} live={live} />
      <Environment run={run} />
    </>
  );
}
