import { shown } from "../../lib/values";

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A record as names and values; records inside fold. */
export function Tree({ value }: { value: Record<string, unknown> }) {
  const entries = Object.entries(value);
  const flat = entries.filter(([, inner]) => !isRecord(inner));
  const deep = entries.filter(([, inner]) => isRecord(inner));
  return (
    <div className="tree">
      {flat.length === 0 ? null : (
        <dl>
          {flat.map(([name, inner]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">{Array.isArray(inner) ? inner.map(shown).join(" ") || "none" : shown(inner)}</dd>
            </div>
          ))}
        </dl>
      )}
      {deep.map(([name, inner]) => (
        <details key={name}>
          <summary>
            {name} <span className="muted">{Object.keys(inner as object).length}</span>
          </summary>
          <Tree value={inner as Record<string, unknown>} />
        </details>
      ))}
    </div>
  );
}
