const SHORT = 160;

/** A figure's caveats. Their room is fixed where cards stand side by side, so that notes that come and go move nothing. */
export function FigureNotes({ notes }: { notes: readonly string[] }) {
  return (
    // Longer ones scroll, by keys too.
    <ul className="figure-notes" tabIndex={notes.join(" ").length > SHORT ? 0 : -1}>
      {notes.map((note, at) => (
        // By place: a note that changes or comes first moves none of the others' elements.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={at} title={note}>
          {note}
        </li>
      ))}
    </ul>
  );
}
