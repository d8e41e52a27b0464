/** How an answer stands, as the decision rule says it. */
export type AnswerState = "better" | "equivalent" | "undecided" | "cannot_be_judged";

export const ANSWER_WORDS: Record<AnswerState, string> = {
  better: "Better",
  equivalent: "Equivalent",
  undecided: "Undecided",
  cannot_be_judged: "Cannot be judged",
};

function Shape({ state }: { state: AnswerState }) {
  switch (state) {
    case "better":
      return <path d="M8 1.5 L14.5 9 H10.5 V14.5 H5.5 V9 H1.5 Z" className="state-fill" />;
    case "equivalent":
      return <path d="M2 5.5 H14 M2 10.5 H14" className="state-cross" />;
    case "undecided":
      return (
        <>
          <circle cx="8" cy="8" r="6" className="state-line" />
          <path d="M8 2 A6 6 0 0 1 8 14 Z" className="state-fill" />
        </>
      );
    case "cannot_be_judged":
      return <path d="M3 3 L13 13 M13 3 L3 13" className="state-cross" />;
  }
}

/** The state of an answer: a shape, a colour and its word. */
export function AnswerMark({ state, words }: { state: AnswerState; words?: string }) {
  return (
    <span className={`answer-state answer-${state}`}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <Shape state={state} />
      </svg>
      {words ?? ANSWER_WORDS[state]}
    </span>
  );
}
