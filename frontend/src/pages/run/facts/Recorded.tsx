import { useRunFiles } from "../../../api/recorded";
import type { Run } from "../../../api/types";
import { short, size } from "../../../lib/words";
import { Card } from "../../../ui/notes/Card";
import { Notebook } from "./Notebook";
import { TableScroll } from "../../../ui/notes/TableScroll";

const ELSEWHERE = "elsewhere";

function Files({ run }: { run: Run }) {
  const elsewhere = run.attempts.some((attempt) => attempt.worker === ELSEWHERE);
  const query = useRunFiles(run.id, elsewhere && run.state !== "running");
  const files = query.data ?? [];
  if (files.length === 0) return null;
  return (
    <Card title="Files">
      <TableScroll>
        <table className="table">
          <tbody>
            {files.map((file) => (
              <tr key={file.path}>
                <th scope="row">
                  {file.stored ? (
                    <a href={`/api/v1/runs/${run.id}/files/content?path=${encodeURIComponent(file.path)}`} download>
                      {file.path}
                    </a>
                  ) : (
                    file.path
                  )}
                </th>
                <td className="num">{size(file.bytes)}</td>
                <td className="mono" title={file.sha256}>
                  {short(file.sha256, 12)}
                </td>
                <td className="muted">{file.stored ? "" : "Only its digest is kept here."}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </Card>
  );
}

/** What a run that was trained elsewhere brought along: its notebook and its files. */
export function Recorded({ run }: { run: Run }) {
  return (
    <>
      {run.has_notebook ? <Notebook run={run} /> : null}
      <Files run={run} />
    </>
  );
}
