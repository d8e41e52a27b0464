import { useMemo, useRef } from "react";
import { COSTLY } from "../../api/client";
import { useCompactRuns } from "../../api/runs";
import { studyOptions } from "../../api/studies";
import type { Study } from "../../api/types";
import { goingOn, type Live } from "../../lib/events";
import { useStudyEvents } from "../../live/useStudyEvents";
import { useAddress } from "../../state/address";
import { useQueryClient } from "@tanstack/react-query";
import { Progress } from "../../ui/marks/Progress";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { Deleted } from "./Deleted";
import { Findings } from "./Findings";
import { LinkState } from "./LinkState";
import { StudyFacts } from "./StudyFacts";
import { MetricChoice } from "./charts/MetricChoice";
import { Spread } from "./charts/Spread";
import { StudyFigures } from "./charts/StudyFigures";
import { HeldUp } from "./head/HeldUp";
import { Seeding } from "./head/Seeding";
import { StudyActions } from "./head/StudyActions";
import { Verdict } from "./head/Verdict";
import { RunsCard } from "./runs/RunsCard";
import { commonestReason, countsOf, type Summary } from "./runs/rows";

/** How often figures and tables are fetched again while runs report: less often, the more runs there are. */
function refreshMs(runs: number): number {
  return runs <= 200 ? 1500 : runs <= 2000 ? 3000 : 6000;
}

const COSTLY_MS = 6000;

/** Fetches again what moved; what is costly to work out less often while runs go on, and once more at the end. */
function useRefresh(study: number): (live: Live) => void {
  const client = useQueryClient();
  const last = useRef(0);
  return (live) => {
    const due = Date.now() - last.current > COSTLY_MS || !goingOn(live.counts ?? {});
    if (due) last.current = Date.now();
    const predicate = (query: { queryKey: readonly unknown[] }) => due || query.queryKey[2] !== COSTLY;
    void client.invalidateQueries({ queryKey: ["study", study], predicate });
  };
}

/** A study: the answer, the evidence, the detail. */
export function StudyView({ study }: { study: Study }) {
  const address = useAddress();
  const refresh = useRefresh(study.id);
  const client = useQueryClient();
  const { live, link } = useStudyEvents(study.id, {
    onMoved: refresh,
    // A study that was deleted in the meantime has no stream: its page finds out by asking for it.
    onRefused: () => void client.invalidateQueries({ queryKey: studyOptions(study.id).queryKey, exact: true }),
    refreshMs: refreshMs(study.runs),
    seen: study.counts,
  });
  const runs = useCompactRuns(study.id);
  const metric = address.get("metric") ?? study.metric;
  const summary: Summary = (address.get("summary") ?? study.summary) === "best" ? "best" : "last";
  const pinned = address.ids("sel");
  const pin = (ids: number[]) => {
    const off = ids.every((id) => pinned.includes(id));
    const next = off ? pinned.filter((id) => !ids.includes(id)) : [...new Set([...pinned, ...ids])];
    address.set({ sel: next.join(",") }, "push");
  };
  const counts = useMemo(
    () => (runs.data === undefined ? study.counts : countsOf(runs.data, live.moved)),
    [runs.data, live.moved, study.counts],
  );
  const reason = useMemo(() => (runs.data === undefined ? null : commonestReason(runs.data)), [runs.data]);
  if (link === "gone") return <Deleted name={study.name} />;
  return (
    <>
      <PageHead
        crumbs={[{ name: "Studies", to: "/" }]}
        title={study.name}
        aside={<LinkState link={link} running={goingOn(counts)} />}
        actions={<StudyActions study={study} />}
      />
      <section className="answer" aria-label="Answer">
        <div className="facts">
          <Verdict study={study} counts={counts} metric={metric} summary={summary} reason={reason} />
          <HeldUp study={study} counts={counts} />
          <StudyFacts study={study} named={metric !== study.metric || summary !== study.summary} />
        </div>
        <Progress
          counts={counts}
          ratePerS={live.revision < 0 ? study.rate_per_s : live.ratePerS}
          leftS={live.revision < 0 ? study.left_s : live.leftS}
        />
      </section>
      <MetricChoice study={study} metric={metric} summary={summary} />
      <StudyFigures study={study} pinned={pinned} onRuns={pin} />
      <div className="columns">
        <Spread study={study} metric={metric} summary={summary} />
        <Findings study={study} finished={counts["finished"] ?? 0} />
      </div>
      <Seeding study={study} />
      <Waiting query={runs} what="runs" height={400}>
        {(columns) => (
          <RunsCard study={study} columns={columns} moved={live.moved} summary={summary} />
        )}
      </Waiting>
    </>
  );
}
