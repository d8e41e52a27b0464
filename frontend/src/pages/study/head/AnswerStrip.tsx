import "./AnswerStrip.css";
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "react-router";
import type { Answer } from "../../../arms/answers";
import { counted, unbroken } from "../../../lib/words";
import { Popover } from "../../../ui/controls/Popover";
import { ANSWER_WORDS, AnswerMark } from "../../../ui/marks/AnswerMark";
import { Card } from "../../../ui/notes/Card";

interface Props {
  answer: Answer;
  /** A short line below the headline, such as the smallest difference that matters. */
  evidence: ReactNode;
  /** A line whose room is kept: why runs wait, or what is shown instead of the deciding metric. */
  status: ReactNode;
  /** A link that leads further. */
  more?: ReactNode;
  /** Where the page shows the lines in which the arms' code differs. */
  codeAt?: string | undefined;
  /** A plot beside the words. */
  plot?: ReactNode;
  progress: ReactNode;
}

/** Caveats that stand beside the answer by a few words; all of them unfold. */
const MOST_SHORT = 2;

/** The answer, read from afar; its height is fixed, so that nothing below moves while runs arrive. */
export function AnswerStrip({ answer, evidence, status, more, codeAt, plot, progress }: Props) {
  const { state, headline } = answer;
  return (
    <section className={plot === undefined ? "answer-strip" : "answer-strip with-plot"} aria-label="Answer">
      <div className="answer-words">
        <p className="answer-line">
          {state === null ? null : <AnswerMark state={state} />}
          {[...new Set(answer.caveats.flatMap(({ short }) => (short ? [short] : [])))].slice(0, MOST_SHORT).map((short, at) => (
            // By place too: one that another came before is another element, since the same one would move.
            <span key={`${at} ${short}`} className="answer-caveat">
              {short}
            </span>
          ))}
        </p>
        <p className={headline.length > 90 ? "verdict long" : "verdict"} title={headline}>
          {unbroken(headline)}
        </p>
        <StateNews state={state} />
        <p className="answer-line cut muted">{evidence}</p>
        <div className="answer-line cut">{status}</div>
        <div className="answer-line answer-links">
          {/* Last, since it appears with the first caveat: what stands behind it would move. */}
          {more}
          <Why answer={answer} codeAt={codeAt} />
        </div>
      </div>
      {plot === undefined ? null : <div className="answer-plot">{plot}</div>}
      <div className="answer-progress">{progress}</div>
    </section>
  );
}

/** Tell screen readers once the answer is another one; its numbers, which move with every run, are not read out. */
function StateNews({ state }: { state: Answer["state"] }) {
  const root = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    // Written after the region is there: browsers read out what changes in one, not what it comes with.
    if (root.current !== null) root.current.textContent = state === null ? "" : `Answer: ${ANSWER_WORDS[state]}`;
  }, [state]);
  return <span ref={root} className="visually-hidden" role="status" />;
}

/** Reasons and caveats, folded; opened they lie over what follows and move nothing. */
function Why({ answer: { detail, caveats }, codeAt }: { answer: Answer; codeAt: string | undefined }) {
  if (detail.length + caveats.length === 0) return null;
  return (
    <Popover className="why" summary={`Why${caveats.length === 0 ? "" : ` · ${counted(caveats.length, "caveat")}`}`}>
      <div className="why-panel">
        {detail.map((sentence) => (
          <p key={sentence}>{unbroken(sentence)}</p>
        ))}
        {caveats.length === 0 ? null : (
          <ul className="caveats">
            {caveats.map((caveat) => (
              <li key={`${caveat.code} ${caveat.text}`}>
                {caveat.text} {caveat.code === "code" && codeAt !== undefined ? <Link className="members-only" to={codeAt}>Show the changed lines</Link> : null}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Popover>
  );
}

/** Several answers of one design, the first in the strip and all of them in a card. */
export function OtherAnswers({ answers }: { answers: readonly Answer[] }) {
  if (answers.length === 0) return null;
  return (
    <Card title="More answers">
      <ul className="verdicts">
        {answers.map(({ headline, detail }) => (
          <li key={headline}>
            <p className="verdict-more">{headline}</p>
            {detail.length === 0 ? null : <p className="muted">{detail.join(" ")}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
