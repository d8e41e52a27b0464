import { ruleNote } from "./answer/rules";
import { useEffect } from "react";
import { armComparisonOptions, type Asked } from "../../api/analysis";
import { armKey, type ArmRef, armsText } from "../../arms/address";
import { MOST_ARMS, questionOf } from "../../arms/question";
import { goingOn } from "../../lib/events";
import { counted } from "../../lib/words";
import { useAddress } from "../../state/address";
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { ErrorNote, Loading } from "../../ui/notes/Notes";
import { ArmsAnswer } from "./answer/ArmsAnswer";
import { ArmsTable } from "./answer/ArmsTable";
import { PairStatistics } from "./answer/PairStatistics";
import { ArmsDiffer } from "./differ/ArmsDiffer";
import { ArmsFigures } from "./figures/ArmsFigures";
import { type NamedArm, type NamedArms, useNamedArms } from "../../arms/named";
import { PickArms } from "./pick/PickArms";

const REFRESH_MS = 4000;

interface Props {
  refs: readonly ArmRef[];
  offered: boolean;
}

/** Every arm against the first: the answer, the numbers, the figures, and what differs. */
export function CompareArms({ refs, offered }: Props) {
  const named = useNamedArms(refs.slice(0, MOST_ARMS));
  useRefreshed(named.arms);
  return (
    <>
      <PickArms refs={refs} named={named.arms} offered={offered} />
      {refs.length > MOST_ARMS ? (
        <p className="note">
          Only the first {MOST_ARMS} of {refs.length} arms are compared.
        </p>
      ) : null}
      <NotThere named={named} refs={refs} />
      {named.arms.length > 1 ? (
        <Compared arms={named.arms} several={named.several} />
      ) : named.waiting ? (
        <Loading what="arms" height={300} />
      ) : null}
    </>
  );
}

/** While a study still trains, everything that is shown of it is asked for again. */
function useRefreshed(arms: readonly NamedArm[]): void {
  const client = useQueryClient();
  const going = [...new Set(arms.filter(({ of }) => goingOn(of.counts)).map(({ study }) => study))].join(",");
  useEffect(() => {
    if (going === "") return undefined;
    const timer = setInterval(() => {
      for (const id of going.split(",")) void client.invalidateQueries({ queryKey: ["study", Number(id)] });
      void client.invalidateQueries({ queryKey: ["figures"] });
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [client, going]);
}

/** Arms that an address names and nobody has (any more), with the step that leaves them out. */
function NotThere({ named, refs }: { named: NamedArms; refs: readonly ArmRef[] }) {
  const address = useAddress();
  if (named.error !== null) return <ErrorNote error={named.error} />;
  if (named.missing.length === 0) return null;
  const gone = new Set(named.missing.map(armKey));
  const left = refs.filter((ref) => !gone.has(armKey(ref)));
  return (
    <div className="note" role="alert">
      <p className="note-title">{notThere(named)}</p>
      <p>It was deleted, or the link is wrong.</p>
      <button type="button" onClick={() => address.set({ arms: left.length === 0 ? null : armsText(left) }, "push")}>
        {left.length === 0 ? "Start over" : "Remove missing arms"}
      </button>
    </div>
  );
}

/** `There is no study 99. Study 6 has 3 arms, and none in place 9.` */
function notThere({ missing, arms }: NamedArms): string {
  const known = new Map(arms.map(({ of }) => [of.id, of]));
  const told = missing.map(({ study, arm }) => {
    const of = known.get(study);
    return of === undefined ? `There is no arm ${arm} of a study ${study}.` : `Study ${study} has ${counted(of.arms.length, "arm")}, and none in place ${arm}.`;
  });
  return [...new Set(told)].join(" ");
}

function Compared({ arms, several }: { arms: readonly NamedArm[]; several: boolean }) {
  const address = useAddress();
  const rule = ruleNote(arms);
  const { asked, note } = questionOf(arms, address.get("metric"), address.get("summary"));
  return (
    <>
      {note === null ? null : <p className="note">{note}</p>}
      {rule === null ? null : <p className="note">{rule}</p>}
      {asked === null ? null : (
        <>
          <Statistics arms={arms} several={several} asked={asked} />
          <ArmsFigures arms={arms} asked={asked} />
        </>
      )}
      <ArmsDiffer arms={arms} several={several} />
    </>
  );
}

function Statistics({ arms, several, asked }: { arms: readonly NamedArm[]; several: boolean; asked: Partial<Asked> }) {
  const [first, ...others] = arms as [NamedArm, ...NamedArm[]];
  const queries = useQueries({ queries: others.map((other) => armComparisonOptions(first, other, asked)) });
  const pairs = others.flatMap((arm, at) => {
    const view = queries[at]?.data;
    return view === undefined ? [] : [{ arm, view }];
  });
  const failed = others.flatMap((arm, at) => {
    const error = queries[at]?.error ?? null;
    return error === null || queries[at]?.data !== undefined ? [] : [{ arm, error }];
  });
  return (
    <>
      {failed.map(({ arm, error }) => (
        <section key={arm.key} aria-label={`${arm.name} could not be compared`}>
          <ErrorNote error={error} />
        </section>
      ))}
      {pairs.length > 0 ? (
        <>
          <ArmsAnswer first={first} pairs={pairs} />
          {others.length === 1 ? null : <ArmsTable first={first} pairs={pairs} several={several} />}
          {pairs.map(({ arm, view }) => (
            <PairStatistics key={arm.key} a={first} b={arm} view={view} folded={others.length > 1} />
          ))}
        </>
      ) : failed.length === 0 ? (
        <Loading what="the comparison" height={240} />
      ) : null}
    </>
  );
}
