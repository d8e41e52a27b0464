import type { Run } from "../../api/types";
import { digestHead } from "../../format/values";
import { Card } from "../../parts/Card";
import { CodeBlock } from "../../parts/Copy";

/** What it takes to repeat the run: its manifest, and the commands. */
export function Repeat({ run }: { run: Run }) {
  return (
    <Card title="Repeat it">
      <p>
        The manifest (<code title={run.manifest_sha256}>{digestHead(run.manifest_sha256)}</code>) names recipe, code,
        parameters, data and the value of every source.{" "}
        <a href={`/api/v1/runs/${run.id}/export`} download={`run-${run.id}.json`}>
          Download it with its record
        </a>
      </p>
      <CodeBlock code={`seedspread replay ${run.id}\nseedspread replay run-${run.id}.json   # anywhere, without this service`} label="Commands that repeat the run" />
    </Card>
  );
}
