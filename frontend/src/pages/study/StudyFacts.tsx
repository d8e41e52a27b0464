import { Link } from "react-router";
import type { Study } from "../../api/types";
import { start } from "../../lib/values";
import { When } from "../../ui/marks/Value";

/** Recipe, deciding metric, submission and tags in a line. */
export function StudyFacts({ study }: { study: Study }) {
  // Trained elsewhere: read from files, or sent by a run folder.
  const elsewhere = study.recipe === "imported";
  return (
    <p className="fact-line muted">
      {study.project === "" ? null : (
        <Link to={`/?project=${encodeURIComponent(study.project)}`} className="tag project">
          {study.project}
        </Link>
      )}
      {study.archived ? <span className="tag">Archived</span> : null}
      {elsewhere ? null : <span>{study.recipe}</span>}
      <span>
        {elsewhere ? "Imported" : <span className="visually-hidden">Submitted</span>} <When at={study.created_at} />
        {study.created_by ? (
          <>
            {" "}
            by <bdi>{study.created_by}</bdi>
          </>
        ) : null}
      </span>
      {study.tags.map((tag) => (
        <span key={tag} className="tag">
          {tag}
        </span>
      ))}
    </p>
  );
}

const SHORT_NOTES = 400;

/** What somebody wrote about the study; long notes fold. */
export function StudyNotes({ study }: { study: Study }) {
  return (
    <>
      {study.recipe_changed ? (
        <p className="note">The recipe's code changed after this study was submitted. New runs would train the new code.</p>
      ) : null}
      {study.notes === "" ? null : study.notes.length <= SHORT_NOTES ? (
        <p className="study-notes">{study.notes}</p>
      ) : (
        <details className="study-notes">
          <summary>{start(study.notes, SHORT_NOTES / 2)}</summary>
          {study.notes}
        </details>
      )}
    </>
  );
}
