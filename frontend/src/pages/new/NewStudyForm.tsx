import { useState, type FormEvent } from "react";
import { useNavigate } from "react-router";
import { asApiError } from "../../api/client";
import { useCheck, useSubmit } from "../../api/submission";
import type { Recipe } from "../../api/types";
import { counted } from "../../lib/words";
import { Card } from "../../ui/notes/Card";
import { ErrorNote } from "../../ui/notes/Notes";
import { useDebounced } from "../../state/useDebounced";
import { ArmsForm } from "./form/ArmsForm";
import { CrossForm } from "./form/CrossForm";
import { DecisionForm } from "./form/DecisionForm";
import { FaultList, focusFirstFault } from "./FaultList";
import { begun } from "./spec/faults";
import { MoreForm } from "./form/MoreForm";
import { Planner } from "./form/Planner";
import { QuestionForm } from "./form/QuestionForm";
import { SeedsForm } from "./form/SeedsForm";
import { SpecText } from "./form/SpecText";
import { tidy, type Spec } from "./spec/spec";

const CHECK_MS = 300;

interface Props {
  recipes: readonly Recipe[];
  first: Spec;
  onChange?: (spec: Spec) => void;
  onSubmitted?: () => void;
}

/** The form and the text of one specification, checked by the service as it is typed. */
export function NewStudyForm({ recipes, first, onChange, onSubmitted }: Props) {
  const [spec, setSpec] = useState<Spec>(first);
  const navigate = useNavigate();
  const settled = useDebounced(spec, CHECK_MS);
  // A study without a name is checked under one, so that everything else can be judged before it has its own.
  const check = useCheck(tidy(String(settled["name"] ?? "").trim() === "" ? { ...settled, name: "unnamed" } : settled), true);
  const submit = useSubmit();
  const error = submit.error ?? check.error;
  const all = error === null ? [] : asApiError(error).faults;
  const faults = submit.error === null ? begun(settled, all) : all;
  const recipe = recipes.find((one) => one.name === spec["recipe"]);
  const checked = check.error === null && !check.isPlaceholderData ? check.data : undefined;
  const named = String(spec["name"] ?? "").trim() !== "";
  const change = (next: Spec) => {
    submit.reset();
    setSpec(next);
    onChange?.(next);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    // What is known to be wrong is not sent: the field that is wrong comes to hand instead.
    if (faults.length > 0 && settled === spec && focusFirstFault()) return;
    submit.mutate(tidy(spec), {
      onSuccess: (made) => {
        onSubmitted?.();
        void navigate(`/studies/${made.study_id}`);
      },
    });
  };

  return (
    <form className="new-study" onSubmit={send}>
      <div className="new-main">
        <Card title="Study">
          <QuestionForm spec={spec} recipes={recipes} faults={faults} onChange={change} />
        </Card>
        {recipe === undefined ? (
          <p className="note">No worker has published the recipe “{String(spec["recipe"])}”.</p>
        ) : (
          <>
            <Card title="Arms">
              <ArmsForm spec={spec} recipe={recipe} faults={faults} onChange={change} />
              {spec["preset"] === "factorial" ? <CrossForm spec={spec} recipe={recipe} faults={faults} onChange={change} /> : null}
            </Card>
            <Card title="Decision rule">
              <DecisionForm spec={spec} recipe={recipe} faults={faults} onChange={change} />
            </Card>
          </>
        )}
        <Card title="Sample size">
          <div className="fields">
            <SeedsForm spec={spec} faults={faults} onChange={change} />
          </div>
          <MoreForm spec={spec} faults={faults} onChange={change} />
        </Card>
      </div>
      <div className="new-side">
        <Card title="Summary">
          {named ? null : <p className="muted">Enter a question first.</p>}
          {checked === undefined ? (
            error === null ? <p className="muted">Checking…</p> : null
          ) : (
            <ul className="planned">
              {checked.arms.map((arm) => (
                <li key={arm.name}>
                  <span className="cut" title={arm.name}>
                    {arm.name}
                  </span>{" "}
                  <span className="muted">{counted(arm.runs, "run")}</span>
                </li>
              ))}
            </ul>
          )}
          <Planner spec={settled} recipe={recipe} checked={checked} onSeeds={(seeds) => change({ ...spec, seeds: { count: seeds } })} />
          {error === null ? null : faults.length > 0 ? <FaultList faults={faults} /> : all.length > 0 ? <p className="muted">Set the crossed levels first.</p> : <ErrorNote error={error} />}
          <button type="submit" className="primary" disabled={!named || submit.isPending}>
            {submit.isPending ? "Submitting…" : checked === undefined ? "Train" : `Train ${counted(checked.runs, "run")}`}
          </button>
        </Card>
        <Card title="As YAML">
          <SpecText spec={spec} onChange={change} />
        </Card>
      </div>
    </form>
  );
}
