import { useState } from "react";
import { useFindings } from "../../api/analysis";
import { useStudyChanges } from "../../api/changes";
import { useReplay } from "../../api/runs";
import type { Finding, Study } from "../../api/types";
import { count, counted } from "../../lib/words";
import { useAddress } from "../../state/address";
import { useArrival } from "../../state/useArrival";
import { ExcludeDialog } from "../../ui/controls/ExcludeDialog";
import { Icon, type IconName } from "../../ui/marks/Icon";
import { Card } from "../../ui/notes/Card";
import { ErrorNote } from "../../ui/notes/Notes";

const SIGNS: Record<Finding["severity"], { sign: IconName; told: string }> = {
  error: { sign: "close", told: "Error" },
  warning: { sign: "warning", told: "Warning" },
  notice: { sign: "notice", told: "Notice" },
};

function Item({ finding, study }: { finding: Finding; study: Study }) {
  const address = useAddress();
  const [asking, setAsking] = useState(false);
  const changes = useStudyChanges(study.id);
  const replay = useReplay();
  const again = finding.replay ?? null;
  const { sign, told } = SIGNS[finding.severity];
  return (
    <li className={`finding finding-${finding.severity}`}>
      <span className="finding-sign" role="img" aria-label={told}>
        <Icon name={sign} />
      </span>
      <div>
        <p>{finding.sentence}</p>
        <p className="muted">{finding.advice}</p>
        {again === null ? null : (
          <p className="finding-actions members-only">
            <button
              type="button"
              className="small"
              disabled={replay.isPending || replay.isSuccess}
              onClick={() => replay.mutate({ runs: [again], times: 1, allowChanged: false })}
            >
              Replay run {again}
            </button>
            {replay.isSuccess ? <span className="muted">Replay queued. The findings follow when it has finished.</span> : null}
          </p>
        )}
        {replay.error === null ? null : <ErrorNote error={replay.error} />}
        {finding.runs.length === 0 ? null : (
          <p className="finding-actions">
            <button type="button" className="small" onClick={() => address.set({ sel: finding.runs.join(",") }, "push")}>
              Show {counted(finding.run_count, "run")}
            </button>
            <button type="button" className="small members-only" onClick={() => setAsking(true)}>
              Exclude…
            </button>
          </p>
        )}
      </div>
      {asking ? (
        <ExcludeDialog
          what={finding.run_count === 1 ? "this run" : `these ${count(finding.runs.length)} runs`}
          onClose={() => setAsking(false)}
          onExclude={(reason) => changes.exclude.mutateAsync({ runs: finding.runs, reason })}
        />
      ) : null}
    </li>
  );
}

/** What the audit found: whether seeds do what they claim, and what may mislead. */
export function Findings({ study, finished }: { study: Study; finished: number }) {
  const query = useFindings(study.id);
  const nothing = finished === 0 ? "Nothing to check yet: no run has finished." : `No problems found in ${counted(finished, "finished run")}, and nothing left unexamined.`;
  const found = query.data ?? [];
  const part = useArrival("findings", query.data !== undefined);
  return (
    <div id="findings" ref={part}>
      <Card title={found.length === 0 ? "Findings" : `Findings (${found.length})`}>
        {query.error !== null && query.data === undefined ? (
          <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
        ) : found.length === 0 ? (
          <p className="muted">
            {query.data === undefined ? "Loading…" : nothing}
          </p>
        ) : (
          <ul className="finding-list">
            {found.map((finding) => (
              <Item key={`${finding.code} ${finding.sentence}`} finding={finding} study={study} />
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}
