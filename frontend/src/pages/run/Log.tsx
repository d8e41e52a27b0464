import { useRunLog } from "../../api/runs";
import type { Run } from "../../api/types";
import { Card } from "../../parts/Card";
import { CodeBlock } from "../../parts/Copy";

/** The end of what the training wrote; it grows while the run goes on. */
export function Log({ run, live }: { run: Run; live: boolean }) {
  const query = useRunLog(run.id, live);
  const text = query.data?.text ?? run.log_tail;
  return (
    <Card title="Log">
      {text.trim() === "" ? (
        <p className="muted">The training wrote nothing.</p>
      ) : (
        <CodeBlock code={text} label="Log" />
      )}
    </Card>
  );
}
