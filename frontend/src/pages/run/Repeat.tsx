import type { Run } from "../../api/types";
import { digestHead } from "../../lib/values";
import { Card } from "../../ui/notes/Card";
import { CodeBlock } from "../../ui/controls/Copy";

// Where the commands look by themselves.
const USUAL = "http://127.0.0.1:8321";

/** The commands that repeat a run: by this service's workers, and anywhere from a file. */
export function commands(run: number, origin: string): string {
  const api = origin === USUAL ? "" : ` --api ${origin}`;
  return [
    `seedspread replay ${run}${api}`,
    "",
    "# elsewhere, without this service",
    `seedspread export ${run}${api}`,
    `seedspread replay run-${run}.json`,
  ].join("\n");
}

/** What it takes to repeat the run: its manifest, and the commands. */
export function Repeat({ run }: { run: Run }) {
  return (
    <Card title="Repeat this run">
      <div className="repeat">
        <p>
          The manifest (<code title={run.manifest_sha256}>{digestHead(run.manifest_sha256)}</code>) holds recipe, code,
          parameters, data and the value of every randomness source.{" "}
          <a href={`/api/v1/runs/${run.id}/export`} download={`run-${run.id}.json`}>
            Download manifest and record
          </a>
        </p>
        <CodeBlock code={commands(run.id, window.location.origin)} label="Commands that repeat the run" />
      </div>
    </Card>
  );
}
