import { useState, type FormEvent } from "react";
import { useFloorChanges } from "../../api/changes";
import { useStudy } from "../../api/studies";
import type { Floor, FloorJudgement } from "../../api/types";
import { Dialog } from "../../ui/controls/Dialog";
import { Field } from "../../ui/controls/Field";
import { ErrorNote } from "../../ui/notes/Notes";

/** Asks for an arm of a study, judges it, and shows the verdict. */
export function JudgeDialog({ floor, onClose }: { floor: Floor; onClose: () => void }) {
  const [study, setStudy] = useState("");
  const [arm, setArm] = useState<string | null>(null);
  const [name, setName] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [verdict, setVerdict] = useState<FloorJudgement | null>(null);
  const { judge } = useFloorChanges();
  const number = /^[1-9]\d{0,14}$/.test(study.trim()) ? Number(study) : 0;
  const { data } = useStudy(number, number > 0);
  const arms = number > 0 ? (data?.arms ?? []) : [];
  const chosen = arms.find((item) => String(item.position) === arm) ?? arms[0];
  const candidate = (name ?? chosen?.name ?? "").trim();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (chosen === undefined) return;
    try {
      setVerdict(await judge.mutateAsync({ floor: floor.name, candidate, study_id: number, arm: String(chosen.position) }));
    } catch (caught) {
      setError(caught);
    }
  };
  if (verdict !== null) {
    const { conditions_unchecked: unchecked } = verdict;
    return (
      <Dialog title={`Judge a candidate against ${floor.name}`} onClose={onClose}>
        <p role="status">{verdict.headline}</p>
        {unchecked.length === 0 ? null : <p className="muted">Not compared, since the candidate does not state them: {unchecked.join(", ")}.</p>}
        <div className="dialog-foot">
          <button type="button" className="primary" onClick={onClose}>
            Close
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={`Judge a candidate against ${floor.name}`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Study" help="The number in its address.">
          {(ids) => <input {...ids} inputMode="numeric" required value={study} onChange={(event) => setStudy(event.target.value)} />}
        </Field>
        <Field label="Arm">
          {(ids) => (
            <select {...ids} value={chosen === undefined ? "" : String(chosen.position)} disabled={arms.length === 0} onChange={(event) => setArm(event.target.value)}>
              {arms.map((item) => (
                <option key={item.position} value={item.position}>
                  {item.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Name of the candidate" help="The same name adds seeds to a candidate that was judged before.">
          {(ids) => <input {...ids} required maxLength={200} value={name ?? chosen?.name ?? ""} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <p className="muted">A judgement spends part of the error budget, unless the same values were judged before or the conditions differ.</p>
        {error === null ? null : <ErrorNote error={error} />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={chosen === undefined || candidate === "" || judge.isPending}>
            Judge
          </button>
        </div>
      </form>
    </Dialog>
  );
}
