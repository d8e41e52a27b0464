import { useQueries } from "@tanstack/react-query";
import { asApiError } from "../api/client";
import { studyOptions } from "../api/studies";
import type { Study } from "../api/types";
import { armKey, type ArmRef } from "./address";

/** An arm with what stands beside its marker; `place` gives its colour and marker here. */
export interface NamedArm extends ArmRef {
  key: string;
  place: number;
  name: string;
  study: number;
  of: Study;
}

export interface NamedArms {
  arms: NamedArm[];
  missing: ArmRef[];
  error: unknown;
  waiting: boolean;
  several: boolean;
}

/** Arms of one study keep its colours; arms of several are coloured by their order here, so that no two are alike. */
export function placed(refs: readonly ArmRef[], studies: ReadonlyMap<number, Study>): NamedArm[] {
  const several = new Set(refs.map((ref) => ref.study)).size > 1;
  const arms = refs.flatMap((ref, order) => {
    const of = studies.get(ref.study);
    const arm = of?.arms[ref.arm];
    return of === undefined || arm === undefined ? [] : [{ ...ref, key: armKey(ref), place: several ? order : ref.arm, name: arm.name, of }];
  });
  const names = arms.map(({ name }) => name);
  // Two arms of one name are told apart as the service does it.
  return arms.map((arm) => (names.filter((name) => name === arm.name).length < 2 ? arm : { ...arm, name: `${arm.name} (study ${arm.study})` }));
}

/** The arms an address names, with their studies; those that are not there (any more) apart. */
export function useNamedArms(refs: readonly ArmRef[]): NamedArms {
  const ids = [...new Set(refs.map((ref) => ref.study))];
  return useQueries({
    queries: ids.map((id) => studyOptions(id)),
    // What comes out of it is compared with what stood there, so that arms keep their identity.
    combine: (queries) => {
      const studies = new Map(queries.flatMap(({ data }) => (data === undefined ? [] : [[data.id, data] as const])));
      const arms = placed(refs, studies);
      const there = new Set(arms.map((arm) => arm.key));
      const waiting = queries.some((query) => query.isPending);
      return {
        arms,
        missing: waiting ? [] : refs.filter((ref) => !there.has(armKey(ref))),
        error: queries.find((query) => query.error !== null && !asApiError(query.error).missing)?.error ?? null,
        waiting,
        several: ids.length > 1,
      };
    },
  });
}

/** Metrics that every one of these studies has, the first study's order. */
export function sharedMetrics(arms: readonly NamedArm[]): string[] {
  const [first] = arms;
  return (first?.of.metrics ?? []).filter((metric) => arms.every((arm) => arm.of.metrics.includes(metric)));
}
