import type { Run } from "../../../api/types";
import { digestHead } from "../../../lib/values";
import { Card } from "../../../ui/notes/Card";
import { Tree } from "../../../ui/marks/Tree";

/** Where the run was trained: packages, processor, threads, settings. */
export function Environment({ run }: { run: Run }) {
  return (
    <Card title="Environment and data">
      {run.environment === null ? (
        <p className="muted">Recorded when a worker starts the run.</p>
      ) : (
        <Tree value={run.environment} />
      )}
      {Object.keys(run.data).length === 0 ? null : (
        <>
          <h3>Data files</h3>
          <Tree value={run.data} />
        </>
      )}
      {run.environment_sha256 === null ? null : (
        <p className="figure-notes">
          <span>
            Digest of the environment <code title={run.environment_sha256}>{digestHead(run.environment_sha256)}</code>
          </span>
        </p>
      )}
    </Card>
  );
}
