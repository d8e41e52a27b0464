import { summaryOf, type Summary } from "../../lib/values";
import { useMemo } from "react";
import { useCompactRuns } from "../../api/runs";
import { studyOptions } from "../../api/studies";
import type { Study } from "../../api/types";
import { goingOn } from "../../lib/events";
import { snapshots } from "../../live/snapshot";
import { useStudyEvents } from "../../live/useStudyEvents";
import { useAddress } from "../../state/address";
import { useQueryClient } from "@tanstack/react-query";
import { Progress } from "../../ui/marks/Progress";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { ArmsCard } from "./ArmsCard";
import { Deleted } from "./Deleted";
import { Findings } from "./Findings";
import { LinkState } from "./LinkState";
import { StudyFacts, StudyNotes } from "./StudyFacts";
import { MetricChoice } from "./charts/MetricChoice";
import { Spread } from "./charts/Spread";
import { StudyFigures } from "./charts/StudyFigures";
import { Seeding } from "./head/Seeding";
import { StudyActions } from "./head/StudyActions";
import { StudyAnswer } from "./head/StudyAnswer";
import { RunsCard } from "./runs/RunsCard";
import { commonestReason, countsOf } from "./runs/rows";
import { armsDifferInSeeding, crosses } from "./asks/design";

/** Return the milliseconds between two snapshots while runs report: the more runs, the longer. */
function refreshMs(runs: number): number {
  return runs <= 200 ? 3000 : runs <= 2000 ? 5000 : 10_000;
}

/** Show a study: the answer, then the evidence, then the detail. */
export function StudyView({ study }: { study: Study }) {
  const address = useAddress();
  const client = useQueryClient();
  // Before the events, which ask together for all that is on the page by then.
  const runs = useCompactRuns(study.id);
  const refresh = useMemo(() => snapshots(client, study.id), [client, study.id]);
  const { live, link } = useStudyEvents(study.id, {
    onMoved: refresh,
    // A study that was deleted in the meantime has no stream: its page finds out by asking for it.
    onRefused: () => void client.invalidateQueries({ queryKey: studyOptions(study.id).queryKey, exact: true }),
    refreshMs: refreshMs(study.runs),
    seen: study.counts,
  });
  const metric = address.get("metric") ?? study.metric;
  const summary: Summary = summaryOf(address.get("summary"), study.summary);
  const pinned = address.ids("sel");
  const pin = (ids: number[]) => {
    const off = ids.every((id) => pinned.includes(id));
    const next = off ? pinned.filter((id) => !ids.includes(id)) : [...new Set([...pinned, ...ids])];
    address.set({ sel: next.join(",") }, "push");
  };
  const counts = useMemo(
    // Of the snapshot that everything else on the page is drawn from.
    () => (runs.data === undefined ? study.counts : countsOf(runs.data)),
    [runs.data, study.counts],
  );
  const reason = useMemo(() => (runs.data === undefined ? null : commonestReason(runs.data)), [runs.data]);
  // Where the study asks where the spread comes from, that is evidence; elsewhere it is detail.
  const sources = crosses(study) || armsDifferInSeeding(study);
  const spread = <Spread study={study} metric={metric} summary={summary} />;
  if (link === "gone") return <Deleted name={study.name} />;
  return (
    <>
      <PageHead
        crumbs={[{ name: "Studies", to: "/" }]}
        title={study.name}
        aside={<LinkState link={link} running={goingOn(counts)} />}
        actions={<StudyActions study={study} />}
      />
      <StudyFacts study={study} />
      <StudyAnswer
        study={study}
        columns={runs.data}
        counts={counts}
        metric={metric}
        summary={summary}
        reason={reason}
        progress={
          <Progress
            counts={counts}
            ratePerS={live.revision < 0 ? study.rate_per_s : live.ratePerS}
            leftS={live.revision < 0 ? study.left_s : live.leftS}
          />
        }
      />
      <MetricChoice study={study} metric={metric} summary={summary} />
      <StudyFigures study={study} metric={metric} pinned={pinned} columns={runs.data} summary={summary} onSelect={pin} />
      {sources ? <div className="columns" id="spread">
          {spread}
          <Seeding study={study} />
        </div> : null}
      <ArmsCard study={study} metric={metric} summary={summary} />
      <StudyNotes study={study} />
      {sources ? null : <Seeding study={study} />}
      <Waiting query={runs} what="runs" height={400}>
        {(columns) => <RunsCard study={study} metric={metric} columns={columns} moved={live.moved} summary={summary} />}
      </Waiting>
      <div className="columns" {...(sources ? {} : { id: "spread" })}>
        {sources ? null : spread}
        <Findings study={study} finished={counts["finished"] ?? 0} />
      </div>
    </>
  );
}
