import type { FileContents } from "../../api/types";
import { count, percent, counted } from "../../lib/words";

const MOST_BARS = 12;

/** A path whose end, the file's name, is always in sight; the whole of it on hover. */
export function PathText({ path }: { path: string }) {
  const at = path.lastIndexOf("/") + 1;
  return (
    <span className="path mono" title={path}>
      <span className="path-folder">{path.slice(0, at)}</span>
      <span className="path-name">{path.slice(at)}</span>
    </span>
  );
}

/** `178 rows × 13, 3 classes`, `5 texts, 2 classes`, or the arrays' names. */
export function shape(contents: FileContents): string {
  if (contents.examples === null) return contents.arrays.map((array) => `${array.name} ${array.shape.join(" × ")}`).join(", ");
  const rows =
    contents.features === null ? counted(contents.examples, "text") : `${counted(contents.examples, "row")} × ${count(contents.features)}`;
  return `${rows}, ${counted(contents.class_count, "class", "classes")}`;
}

/** How many examples each class has, as bars on one scale. */
export function Classes({ contents }: { contents: FileContents }) {
  const total = contents.examples ?? 0;
  const most = Math.max(1, ...contents.classes.map((one) => one.examples));
  const shown = contents.classes.slice(0, MOST_BARS);
  return (
    <table className="classes">
      <caption className="visually-hidden">Examples of each class</caption>
      <tbody>
        {shown.map((one) => (
          <tr key={one.name}>
            <th scope="row">
              <span className="cut" title={one.name}>
                {one.name === "" ? "(empty)" : one.name}
              </span>
            </th>
            <td className="num">{count(one.examples)}</td>
            <td className="class-bar" title={percent(one.examples / Math.max(1, total))}>
              <span style={{ width: `${(100 * one.examples) / most}%` }} />
            </td>
          </tr>
        ))}
        {contents.class_count > shown.length ? (
          <tr>
            <th scope="row" className="muted">
              and {counted(contents.class_count - shown.length, "other")}
            </th>
            <td />
            <td />
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}
