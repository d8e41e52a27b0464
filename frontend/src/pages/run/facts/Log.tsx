import { useEffect, useRef, type UIEvent } from "react";
import { useRunLog } from "../../../api/runs";
import type { Run } from "../../../api/types";
import { Card } from "../../../ui/notes/Card";
import { CodeBlock } from "../../../ui/controls/Copy";

const NEAR_PX = 40;

/** The end of what the training wrote; it grows while the run goes on, and stays at its end unless somebody reads above. */
export function Log({ run, live }: { run: Run; live: boolean }) {
  const query = useRunLog(run.id, live);
  const text = query.data?.text ?? run.log_tail;
  const root = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const pre = root.current?.querySelector("pre");
    if (text !== "" && atEnd.current && pre !== null && pre !== undefined) pre.scrollTop = pre.scrollHeight;
  }, [text]);
  const scrolled = ({ target }: UIEvent<HTMLDivElement>) => {
    if (target instanceof HTMLPreElement) atEnd.current = target.scrollHeight - target.scrollTop - target.clientHeight < NEAR_PX;
  };
  return (
    <Card title={live ? "Log (live)" : "Log"}>
      {text.trim() === "" ? (
        <p className="muted">{live ? "No output yet." : "No output."}</p>
      ) : (
        <div ref={root} onScrollCapture={scrolled}>
          <CodeBlock code={text} label="Text of the log" />
        </div>
      )}
    </Card>
  );
}
