import { useState } from "react";
import { useFamily } from "../../api/analysis";
import type { Arm, Study } from "../../api/types";
import { summariesOf } from "../../arms/answers";
import { differing, type Summary } from "../../lib/values";
import { count, mean, number, sd } from "../../lib/words";
import { ArmChip } from "../../ui/marks/ArmChip";
import { Term } from "../../ui/marks/Term";
import { Value } from "../../ui/marks/Value";
import { Card } from "../../ui/notes/Card";
import { SaveFloorDialog } from "./SaveFloorDialog";
import { TableScroll } from "../../ui/notes/TableScroll";

/** Each arm with its parameters, seeds, mean and spread. */
export function ArmsCard({ study, metric, summary }: { study: Study; metric: string; summary: Summary }) {
  const family = useFamily(study.id, { metric, summary }, study.arms.length > 1);
  const summaries = family.data === undefined ? new Map() : summariesOf(family.data);
  const [saved, setSaved] = useState<Arm | null>(null);
  const deciding = metric === study.metric && summary === study.summary;
  return (
    <Card title="Arms">
      <TableScroll>
        <table className="table arms">
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col">Parameters</th>
              <th scope="col" className="num">
                Seeds
              </th>
              <th scope="col" className="num">
                Mean {metric}
              </th>
              <th scope="col" className="num">
                <Term name="SD" />
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {study.arms.map((arm) => {
              const values = summaries.get(arm.position);
              const interval = values?.mean_interval ?? null;
              const [middle, spread] = values === undefined ? (deciding ? [arm.mean, arm.sd] : [null, null]) : [values.mean ?? null, values.std ?? null];
              const n = values?.n ?? arm.n;
              return (
                <tr key={arm.position}>
                  <th scope="row">
                    <ArmChip position={arm.position} name={arm.name} />
                  </th>
                  <td className="muted" title={differing(arm.differs)}>
                    <span className="cut">{differing(arm.differs)}</span>
                  </td>
                  <td className="num nowrap">{n === arm.runs ? count(n) : `${count(n)} of ${count(arm.runs)}`}</td>
                  <td className="num nowrap">
                    <Value value={middle} text={interval === null ? number(middle) : mean(middle, (interval.high - interval.low) / 2)} />
                  </td>
                  <td className="num nowrap">{spread === null ? number(null) : <Value value={spread} text={sd(spread)} />}</td>
                  <td>
                    <button type="button" className="quiet members-only" aria-label={`Save as noise floor… ${arm.name}`} onClick={() => setSaved(arm)}>
                      Save as noise floor…
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableScroll>
      {saved === null ? null : <SaveFloorDialog study={study.id} arm={saved} onClose={() => setSaved(null)} />}
    </Card>
  );
}
