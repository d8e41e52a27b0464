import { start, summaryOf } from "../../../lib/values";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { useFamily } from "../../../api/analysis";
import { useRecipe } from "../../../api/catalog";
import { useStudyChanges } from "../../../api/changes";
import type { Study } from "../../../api/types";
import { counted } from "../../../lib/words";
import { Dialog } from "../../../ui/controls/Dialog";
import { Field } from "../../../ui/controls/Field";
import { ErrorNote } from "../../../ui/notes/Notes";

/** How many more seeds the first comparison would take, where that is known. */
function useWanted(study: Study): { count: number; told: string } | null {
  const summary = summaryOf(study.summary);
  const family = useFamily(study.id, { metric: study.metric, summary }, study.arms.length > 1);
  const needed = family.data?.comparisons[0]?.seeds_needed;
  if (needed === null || needed === undefined || !needed.additional) return null;
  return { count: needed.additional, told: `About ${needed.additional} more seeds per arm should settle this.` };
}

type Code = "current" | "recorded";

const CODES: Record<Code, { name: string; words: string }> = {
  current: { name: "Add new arms with the current code", words: "The arms of the study stay as they are; the new ones are compared with them." },
  recorded: { name: "Train with the recorded code", words: "The runs wait until a worker has that code." },
};

/** Asks which code trains the new seeds, where the recipe has changed since the study was submitted. */
function CodeChoice({ study, chosen, onChoose }: { study: Study; chosen: Code | null; onChoose: (code: Code) => void }) {
  return (
    <fieldset className="presets">
      <legend>The code of {study.recipe} has changed since this study was submitted</legend>
      {(["current", "recorded"] as const).map((code) => (
        <div key={code} className="preset">
          <input id={`code-${code}`} type="radio" name="code" aria-describedby={`code-${code}-for`} checked={chosen === code} onChange={() => onChoose(code)} />
          <label htmlFor={`code-${code}`}>{CODES[code].name}</label>
          <p id={`code-${code}-for`} className="field-help">
            {CODES[code].words}
          </p>
        </div>
      ))}
    </fieldset>
  );
}

/** Adds the same new seeds to every arm; asks first where they would be trained by other code. */
export function AddSeedsDialog({ study, onClose }: { study: Study; onClose: () => void }) {
  const wanted = useWanted(study);
  const [typed, setTyped] = useState<string | null>(null);
  const [code, setCode] = useState<Code | null>(null);
  const changes = useStudyChanges(study.id);
  const now = useRecipe(study.recipe).data?.source_digest;
  const changed = now !== undefined && now !== study.source_digest;
  const text = typed ?? String(wanted?.count ?? 10);
  const count = text.trim() === "" ? 0 : Number(text);
  const usable = Number.isInteger(count) && count > 0;
  const decided = !changed || code !== null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    changes.addSeeds.mutate({ count, code: changed ? code : null }, { onSuccess: onClose });
  };
  return (
    <Dialog title="Add seeds" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="New seeds for every arm" help={wanted?.told ?? "Every arm gets the same new seeds, so that arms stay paired."} fault={usable ? undefined : `Enter a whole number of seeds, 1 or more${text.trim() === "" ? "" : ` (got ${start(text.trim(), 20)})`}.`}>
          {(ids) => <input {...ids} inputMode="numeric" value={text} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
        {changed ? <CodeChoice study={study} chosen={code} onChoose={setCode} /> : null}
        {study.arms.length < 2 || (study.counts["finished"] ?? 0) === 0 ? null : (
          <p className="muted">
            Seeds added after the results were seen make the verdict interim: checking early inflates false positives. To add
            seeds until the question is decided, <Link to={`/studies/new?clone=${study.id}`}>clone the study</Link> and set “Stop
            early”, which allows for every look.
          </p>
        )}
        {changes.addSeeds.error === null ? null : <ErrorNote error={changes.addSeeds.error} />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={!usable || !decided || changes.addSeeds.isPending}>
            {usable ? `Add ${counted(count, "seed")}` : "Add seeds"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
