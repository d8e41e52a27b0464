/** One line of a unified diff. */
export interface DiffLine {
  kind: "same" | "added" | "removed" | "place";
  text: string;
  before: number | null;
  after: number | null;
}

/** A row of the split view: what stood left, and what stands right. */
export interface SplitRow {
  left: DiffLine | null;
  right: DiffLine | null;
}

const PLACE = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** The lines of a unified diff with their numbers in either file; the two file names at its head are passed over. */
export function parseUnified(diff: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let before = 0;
  let after = 0;
  for (const text of diff.split("\n")) {
    const place = PLACE.exec(text);
    if (place !== null) {
      before = Number(place[1]);
      after = Number(place[2]);
      lines.push({ kind: "place", text, before: null, after: null });
    } else if (lines.length === 0) continue;
    else if (text.startsWith("+")) lines.push({ kind: "added", text: text.slice(1), before: null, after: after++ });
    else if (text.startsWith("-")) lines.push({ kind: "removed", text: text.slice(1), before: before++, after: null });
    else if (text.startsWith(" ")) lines.push({ kind: "same", text: text.slice(1), before: before++, after: after++ });
  }
  return lines;
}

/** The same lines side by side: what was removed stands beside what was added in its place. */
export function sideBySide(lines: readonly DiffLine[]): SplitRow[] {
  const rows: SplitRow[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
      rows.push({ left: removed[at] ?? null, right: added[at] ?? null });
    }
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.kind === "removed") removed.push(line);
    else if (line.kind === "added") added.push(line);
    else {
      flush();
      rows.push({ left: line, right: line });
    }
  }
  flush();
  return rows;
}
