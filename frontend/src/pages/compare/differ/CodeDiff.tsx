import type { FileDiff } from "../../../api/types";
import { counted } from "../../../lib/words";
import { useAddress } from "../../../state/address";
import { parseUnified, sideBySide, type DiffLine } from "./unified";

const SIGNS = { same: " ", added: "+", removed: "−", place: "" } as const;

function Code({ line }: { line: DiffLine | null }) {
  if (line === null) return <td className="diff-none" colSpan={2} />;
  const number = line.kind === "added" ? line.after : line.before;
  return (
    <>
      <td className="diff-number">{number}</td>
      <td className={`diff-${line.kind}`}>
        <span className="diff-sign">{SIGNS[line.kind]}</span>
        {line.text}
      </td>
    </>
  );
}

function File({ file, split }: { file: FileDiff; split: boolean }) {
  const lines = parseUnified(file.diff);
  return (
    <details className="diff-file" open>
      <summary>
        <code>{file.name}</code>{" "}
        <span className="muted">
          {file.status}, {counted(file.lines_added, "line")} added, {file.lines_removed} removed
        </span>
      </summary>
      {/* Long lines scroll, so the keyboard must be able to. */}
      <div className="diff-scroll" tabIndex={0} role="region" aria-label={`Code of ${file.name}`}>
        <table className={split ? "diff split" : "diff"}>
          <tbody>
            {split
              ? sideBySide(lines).map((row, at) => (
                  <tr key={at}>
                    <Code line={row.left} />
                    <Code line={row.right} />
                  </tr>
                ))
              : lines.map((line, at) => (
                  <tr key={at}>
                    <Code line={line} />
                  </tr>
                ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Source files that differ, unified or side by side. */
export function CodeDiff({ files }: { files: readonly FileDiff[] }) {
  const address = useAddress();
  const split = address.get("diff") === "split";
  return (
    <div className="code-diff">
      <div className="tabs" role="group" aria-label="Differences shown">
        <button type="button" className="quiet small" aria-pressed={!split} onClick={() => address.set({ diff: null })}>
          unified
        </button>
        <button type="button" className="quiet small" aria-pressed={split} onClick={() => address.set({ diff: "split" })}>
          split
        </button>
      </div>
      {files.map((file) => (
        <File key={file.name} file={file} split={split} />
      ))}
    </div>
  );
}
