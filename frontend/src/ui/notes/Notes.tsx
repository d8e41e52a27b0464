import type { ReactNode } from "react";
import { Link } from "react-router";
import { asApiError } from "../../api/client";

/** An error in three lines: what happened, what to do, and the one step that may help. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const told = asApiError(error);
  return (
    <div className="note note-error" role="alert">
      <p className="note-title">{told.message}</p>
      {told.hint === null ? null : <p>{told.hint}</p>}
      {told.faults.length > 1 ? (
        <ul className="faults">
          {told.faults.slice(0, 10).map((fault) => (
            <li key={`${fault.field} ${fault.expected}`}>
              <code>{fault.field}</code>: {fault.expected}
            </li>
          ))}
        </ul>
      ) : null}
      {onRetry === undefined ? null : (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** A page for what isn't there (any more). */
export function Missing({ what }: { what: string }) {
  return (
    <div className="empty">
      <h1>No such {what}</h1>
      <p>It was deleted, or the link is wrong.</p>
      <Link className="button" to="/">
        All studies
      </Link>
    </div>
  );
}

/** What will stand here, and the one step that gets it there. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children === undefined ? null : <p>{children}</p>}
      {action}
    </div>
  );
}

/** Space kept for what is on its way; says so only after a moment, so that quick answers don't flash. */
export function Loading({ what, height = 120 }: { what: string; height?: number }) {
  return (
    <div className="loading" style={{ minHeight: height }} role="status">
      <span>Loading {what}…</span>
    </div>
  );
}
