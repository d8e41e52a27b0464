import type { Study } from "../../api/types";

/** Whether a study's design can say where its spread comes from: sources crossed in levels, or varied one at a time. */
export function tellsSources(study: Pick<Study, "arms">): boolean {
  const policies = study.arms.map((arm) => Object.values(arm.policies));
  if (policies.some((own) => own.includes("levels"))) return true;
  const alone = policies.filter((own) => own.filter((policy) => policy === "vary").length === 1);
  return alone.length > 1;
}

/** Whether arms differ in what is seeded: then it is worth saying what seeding does to each. */
export function armsDifferInSeeding(study: Pick<Study, "arms">): boolean {
  const told = study.arms.map((arm) => JSON.stringify(Object.entries(arm.policies).toSorted()));
  return new Set(told).size > 1;
}
