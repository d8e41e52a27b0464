import { digestColour } from "../../lib/values";
import type { Cell } from "./cells";

interface Props {
  name: string;
  cells: readonly Cell[];
  ringed?: number;
}

/** Fingerprints as a row of cells, coloured by digest; the digest itself on hover and for screen readers. */
export function Strip({ name, cells, ringed = -1 }: Props) {
  return (
    <div className="strip">
      <span className="strip-name">{name}</span>
      <ol className="strip-cells" aria-label={`Fingerprints of ${name}`}>
        {cells.map((cell, index) => {
          const told = cell.digest === null ? `${cell.name}: none` : `${cell.name}: ${cell.digest}`;
          return (
            <li
              key={cell.key}
              title={told}
              className={index === ringed ? "ringed" : undefined}
              style={cell.digest === null ? undefined : { background: digestColour(cell.digest) }}
            >
              <span className="visually-hidden">{index === ringed ? `${told}, first difference` : told}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
