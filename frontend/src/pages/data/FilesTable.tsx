import type { DataFile } from "../../api/types";
import { size } from "../../lib/words";
import { digestHead } from "../../lib/values";
import { Empty } from "../../ui/notes/Notes";
import { Icon, type IconName } from "../../ui/marks/Icon";
import { When } from "../../ui/marks/Value";
import { useAddress } from "../../state/address";
import { PathText, shape } from "./Contents";
import { Used } from "./Used";
import { TableScroll } from "../../ui/notes/TableScroll";

const STATES: Record<DataFile["state"], { told: string; sign: IconName | null; red: boolean }> = {
  same: { told: "unchanged", sign: null, red: false },
  changed: { told: "changed", sign: "warning", red: false },
  missing: { told: "missing", sign: "close", red: true },
  unchecked: { told: "same size", sign: null, red: false },
};

function State({ file }: { file: DataFile }) {
  const { told, sign, red } = STATES[file.state];
  return (
    <span className={red ? "file-state danger-text" : "file-state"} title={file.sentence}>
      {sign === null ? null : <Icon name={sign} />}
      {told}
    </span>
  );
}

function Row({ file }: { file: DataFile }) {
  const address = useAddress();
  const look = () => address.set({ file: file.path, kind: file.kind || null, target: file.target || null }, "push");
  return (
    <tr>
      <th scope="row" className="file-name">
        <PathText path={file.path} />
        <span className="muted">
          <code title={file.sha256}>{digestHead(file.sha256)}</code> {file.recipes.join(", ")}
        </span>
      </th>
      <td data-label="Now">
        <State file={file} />
      </td>
      <td data-label="Content">{file.contents === null ? <span className="muted">–</span> : shape(file.contents)}</td>
      <td data-label="Size" className="num">
        {size(file.size_bytes)}
      </td>
      <td data-label="Used by">
        <Used used={file.used} />
      </td>
      <td data-label="Last">
        <When at={file.last_used} />
      </td>
      <td className="row-actions">
        <button type="button" className="small" onClick={look} aria-label={`Check file: ${file.path}`}>
          Check file
        </button>
      </td>
    </tr>
  );
}

export function NoFiles() {
  return (
    <Empty title="No study has used a file yet">
      Recipes with a file parameter train on files in the data folders of the service. Each run stores the file’s digest, so
      that changes are detected; a worker without the file gets a copy.
    </Empty>
  );
}

/** Files used by studies, each digest by itself, with what became of the file since. */
export function FilesTable({ files }: { files: readonly DataFile[] }) {
  return (
    <TableScroll>
      <table className="table stack files">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Now</th>
            <th scope="col">Content</th>
            <th scope="col" className="num">
              Size
            </th>
            <th scope="col">Used by</th>
            <th scope="col">Last</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {files.map((file) => (
            <Row key={`${file.path} ${file.sha256}`} file={file} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
