import { label } from "../../lib/words";
import { armColour, armMarker, MARKER_POINTS } from "../../lib/marks";

/** An arm's marker in its colour, as in the figures. */
export function ArmMark({ position, size = 12 }: { position: number; size?: number }) {
  const marker = armMarker(position);
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} className="arm-mark" style={{ fill: armColour(position) }} aria-hidden="true">
      {marker === "circle" ? <circle cx="8" cy="8" r="6" /> : <polygon points={MARKER_POINTS[marker]} />}
    </svg>
  );
}

/** An arm's name beside its marker; a long name is cut, and whole on hover. */
export function ArmChip({ position, name }: { position: number; name: string }) {
  return (
    <span className="arm-chip" title={label(name)}>
      <ArmMark position={position} />
      <span className="cut">{label(name)}</span>
    </span>
  );
}
