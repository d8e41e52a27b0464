import { useMemo, type ReactNode } from "react";
import { Link } from "react-router";
import { useFamily, useVariance } from "../../../api/analysis";
import type { CompactRuns, Family, Interval, Study } from "../../../api/types";
import { armsText } from "../../../arms/address";
import { answerOf, decidingInterval, summariesOf, type Answer } from "../../../arms/answers";
import { numericParameter, pairedDifferences, valuesByArm, type SeedValue } from "../../../arms/values";
import { DifferencePlot } from "../../../figures/strip/DifferencePlot";
import { FIRST_RANKS, ForestPlot, type RankedArm } from "../../../figures/strip/ForestPlot";
import { ParameterPlot } from "../../../figures/strip/ParameterPlot";
import * as words from "../../../lib/words";
import { Term } from "../../../ui/marks/Term";
import { Card } from "../../../ui/notes/Card";
import { useAddress } from "../../../state/address";
import { armsDifferInSeeding, crosses, nothingFinished } from "../asks/design";
import { valueUsed, type Summary } from "../../../lib/values";
import { AnswerStrip, OtherAnswers } from "./AnswerStrip";
import { HeldUp } from "./HeldUp";
import { ranked, rankingAnswer } from "./ranking";

interface Props {
  study: Study;
  columns: CompactRuns | undefined;
  counts: Record<string, number>;
  metric: string;
  summary: Summary;
  /** Why most of the failed runs failed. */
  reason: { reason: string; runs: number } | null;
  progress: ReactNode;
}

const WAITING: Answer = { state: null, headline: "Comparing…", detail: [], caveats: [] };
const NO_SEEDS: readonly SeedValue[] = [];

/** The study's answer in a strip of fixed height, and the ranking of more than two arms below it. */
export function StudyAnswer(props: Props) {
  const { study, counts, reason } = props;
  const nothing = nothingFinished(counts, reason);
  if (nothing !== null) {
    const state = (counts["queued"] ?? 0) + (counts["running"] ?? 0) > 0 ? null : "cannot_be_judged";
    return (
      <>
        <Strip {...props} answer={{ state, headline: nothing, detail: [], caveats: [] }} {...plotRoom(study)} />
        {state === null && ranks(study) ? <WaitingRanking {...props} /> : null}
      </>
    );
  }
  if (study.arms.length > 1) return <SeveralArms {...props} />;
  return crosses(study) ? <Crossed {...props} /> : <OneArm {...props} />;
}

interface StripProps extends Props {
  answer: Answer;
  plot?: ReactNode;
  more?: ReactNode;
  codeAt?: string;
}

function Strip({ study, counts, metric, summary, answer, plot, more, codeAt, progress }: StripProps) {
  return (
    <AnswerStrip
      answer={answer}
      evidence={<Evidence study={study} drawn={plot !== undefined} />}
      status={<Status study={study} counts={counts} metric={metric} summary={summary} />}
      more={more}
      codeAt={codeAt}
      {...(plot === undefined ? {} : { plot })}
      progress={progress}
    />
  );
}

/** The metric and its better direction; the smallest difference that matters where no plot shows it. */
function Evidence({ study, drawn }: { study: Study; drawn: boolean }) {
  const [arrow, better] = study.direction === "maximize" ? ["↑", "higher is better"] : ["↓", "lower is better"];
  const smallest = study.smallest_difference;
  const silent = study.arms.length < 2 || armsDifferInSeeding(study) || (drawn && smallest !== null);
  return (
    <>
      {/* A phone's line has room for one of the two. */}
      <span className={silent ? undefined : "wide-only"}>
        {study.metric} <span title={better}>{arrow} better</span>
        {silent ? null : " · "}
      </span>
      {silent ? null : smallest === null ? (
        "No smallest difference that matters was set"
      ) : (
        <>
          <Term name="smallest difference that matters">Smallest difference that matters</Term>: {words.entered(smallest, study.unit)}
        </>
      )}
    </>
  );
}

/** One line: why runs wait, else that another number than the deciding one is shown, else that runs are to come. */
function Status({ study, counts, metric, summary }: Pick<Props, "study" | "counts" | "metric" | "summary">) {
  const open = (counts["queued"] ?? 0) + (counts["running"] ?? 0);
  if (metric !== study.metric) return <span>Showing {metric}. The decision rule uses {study.metric}.</span>;
  if (summary !== study.summary) {
    return (
      <span>
        Showing the {valueUsed(summary, study.step_name)}. The decision rule uses the {valueUsed(study.summary, study.step_name)}.
      </span>
    );
  }
  return (
    <HeldUp study={study} counts={counts}>
      {open === 0 ? null : (
        <>
          <Term name="interim">Interim</Term>: {words.counted(open, "run")} to come
        </>
      )}
    </HeldUp>
  );
}

function OneArm(props: Props) {
  const { study, columns, metric, summary } = props;
  const arm = study.arms[0];
  const seeds = useMemo(() => (columns === undefined ? NO_SEEDS : (valuesByArm(columns, metric, summary).get(0) ?? NO_SEEDS)), [columns, metric, summary]);
  const none = seeds.length === 0;
  const sum = seeds.reduce((total, { value }) => total + value / seeds.length, 0);
  const deviation = Math.sqrt(seeds.reduce((total, { value }) => total + (value - sum) ** 2 / Math.max(1, seeds.length - 1), 0));
  const headline = none
    ? `No finished run has a finite value of ${metric}.`
    : `${metric} ${words.number(sum as words.Num)} on average over ${words.counted(seeds.length, "seed")}${seeds.length > 1 ? ` (SD ${words.sd(deviation as words.Num)})` : ""}.`;
  const row: RankedArm = { position: 0, name: arm?.name ?? "", seeds, mean: none ? null : sum, interval: null, behind: "", tied: false };
  return <Strip {...props} answer={{ state: null, headline, detail: [], caveats: [] }} plot={none ? null : <ForestPlot arms={[row]} metric={metric} alone />} />;
}

/** One arm whose sources are crossed answers where its spread comes from. */
function Crossed(props: Props) {
  const query = useVariance(props.study.id, { metric: props.metric, summary: props.summary }, true);
  const first = query.data?.[0];
  const { headline, detail = [] } = first ?? WAITING;
  return <Strip {...props} answer={{ state: null, headline, detail, caveats: [] }} more={<a href="#spread">Sources of the spread</a>} />;
}

function SeveralArms(props: Props) {
  const { study, metric, summary } = props;
  const query = useFamily(study.id, { metric, summary }, true);
  const family = query.data;
  if (family === undefined) {
    const headline = query.error === null ? WAITING.headline : query.error.message;
    return (
      <>
        <Strip {...props} answer={{ ...WAITING, headline }} {...plotRoom(study)} />
        {ranks(study) ? <WaitingRanking {...props} /> : null}
      </>
    );
  }
  const answers = (family.answers ?? []).map(({ headline, variant, detail = [] }): Answer => {
    return { state: null, headline: variant ? `${words.name(variant)}: ${headline}` : headline, detail, caveats: [] };
  });
  const [first] = answers;
  if (first !== undefined) {
    return (
      <>
        <Strip {...props} answer={first} more={<a href="#spread">Sources of the spread</a>} />
        <OtherAnswers answers={answers.slice(1)} />
      </>
    );
  }
  return study.arms.length === 2 ? <TwoArms {...props} family={family} /> : <Ranking {...props} family={family} />;
}

function TwoArms({ family, ...props }: Props & { family: Family }) {
  const { study, columns, metric, summary } = props;
  const view = family.comparisons[0];
  const byArm = useMemo(() => (columns === undefined ? new Map<number, SeedValue[]>() : valuesByArm(columns, metric, summary)), [columns, metric, summary]);
  if (view === undefined) return <Strip {...props} answer={WAITING} plot={null} />;
  const { difference } = view;
  const seeds = difference.paired ? pairedDifferences(byArm.get(0) ?? NO_SEEDS, byArm.get(1) ?? NO_SEEDS) : NO_SEEDS;
  const arms = study.arms.map(({ position }) => ({ study: study.id, arm: position }));
  return (
    <Strip
      {...props}
      answer={answerOf(view)}
      more={<Link className="members-only" to={`/compare?arms=${armsText(arms)}`}>Compare in detail</Link>}
      codeAt={`/compare?arms=${armsText(arms)}#code`}
      plot={
        <DifferencePlot
          title={`${words.label(view.b.name)} − ${words.label(view.a.name)}`}
          seeds={seeds}
          mean={difference.mean ?? null}
          interval={decidingInterval(view)}
          smallest={study.smallest_difference}
          unit={view.unit}
        />
      }
    />
  );
}

const FOREST_ROW_PX = 25;
const FOREST_FRAME_PX = 76;
const PARAMETER_PX = 201;

function rankingHeight(arms: number): number {
  return Math.max(FOREST_FRAME_PX + FOREST_ROW_PX * arms, PARAMETER_PX);
}

/** Whether a study's arms will be ranked: three or more that are asked which mean is higher. */
function ranks(study: Study): boolean {
  return study.arms.length > 2 && !armsDifferInSeeding(study);
}

/** Return an empty plot if one will come beside the words: the strip then has its height from the start. */
function plotRoom(study: Study): { plot: null } | Record<string, never> {
  const plotted = study.arms.length === 1 ? !crosses(study) : study.arms.length === 2 && !armsDifferInSeeding(study);
  return plotted ? { plot: null } : {};
}

/** The ranking before any run has finished: its room, with every arm and no value. */
function WaitingRanking({ study, metric }: Pick<Props, "study" | "metric">) {
  const rows = study.arms.map((arm): RankedArm => ({ position: arm.position, name: arm.name, seeds: NO_SEEDS, mean: null, interval: null, behind: words.NOTHING, tied: false }));
  return <RankingCard study={study} rows={rows} metric={metric} comparisons={null} />;
}

function half(interval: Interval | null | undefined): number {
  return interval === null || interval === undefined ? Number.NaN : (interval.high - interval.low) / 2;
}

function Ranking({ family, ...props }: Props & { family: Family }) {
  const { study, columns, metric, summary } = props;
  const byArm = useMemo(() => (columns === undefined ? new Map<number, SeedValue[]>() : valuesByArm(columns, metric, summary)), [columns, metric, summary]);
  const summaries = summariesOf(family);
  const order = ranked(study, family.ranking, new Map([...summaries].map(([position, { mean }]) => [position, mean ?? null])));
  const caveats = [...new Map(family.comparisons.flatMap((view) => view.caveats ?? []).map((caveat) => [caveat.text, caveat])).values()];
  const [best] = order;
  const bestHalf = half(summaries.get(best?.position ?? -1)?.mean_interval);
  const rows = order.map((arm): RankedArm => {
    const interval = summaries.get(arm.position)?.mean_interval ?? null;
    const reach = Math.hypot(half(interval), bestHalf);
    const behind = arm.mean === null || best?.mean === null || best === undefined ? null : arm.mean - best.mean;
    return {
      ...arm,
      seeds: byArm.get(arm.position) ?? NO_SEEDS,
      interval,
      // Rounded by what both CIs support.
      behind: arm === best ? "best" : words.difference(behind, [0, 2 * reach], study.unit),
      tied: arm.tied === true,
    };
  });
  const arms = order.slice(0, 10).map(({ position }) => ({ study: study.id, arm: position }));
  return (
    <>
      <Strip
        {...props}
        answer={rankingAnswer(order, family.ranking, caveats)}
        more={<Link className="members-only" to={`/compare?arms=${armsText(arms)}`}>Compare in detail</Link>}
        codeAt={`/compare?arms=${armsText(arms)}#code`}
      />
      <RankingCard study={study} rows={rows} metric={metric} comparisons={family.ranking?.comparisons ?? null} />
    </>
  );
}

interface RankingProps {
  study: Study;
  rows: readonly RankedArm[];
  metric: string;
  /** Pairs that the ranking is corrected for; null while runs are to come. */
  comparisons: number | null;
}

function RankingCard({ study, rows, metric, comparisons }: RankingProps) {
  const parameter = useMemo(
    () => numericParameter((study.spec.arms ?? []).map((arm, position) => ({ position, parameters: arm.parameters ?? {} }))),
    [study.spec.arms],
  );
  const address = useAddress();
  const whole = rows.length <= FIRST_RANKS || address.get("ranks") === "all";
  return (
    <Card title="Arms from best to worst" className="ranking">
      <div className={parameter === null ? "ranking-parts" : "ranking-parts with-parameter"} style={{ minHeight: rankingHeight(whole ? rows.length : FIRST_RANKS) }}>
        <div className="ranking-table">
          <ForestPlot arms={rows} metric={metric} whole={whole} />
          <p className="muted small-print">
            {comparisons === null ? (
              "Interim: which arms can be told apart is judged when all runs have ended."
            ) : (
              <span title={`Corrected for ${words.counted(comparisons, "pair")}`}>Shaded: cannot be told from the best.</span>
            )}
            {rows.length <= FIRST_RANKS ? null : (
              <button type="button" className="small no-print" aria-expanded={whole} onClick={() => address.set({ ranks: whole ? null : "all" })}>
                {whole ? `Show the first ${FIRST_RANKS} arms` : `Show all ${rows.length} arms`}
              </button>
            )}
          </p>
        </div>
        {parameter === null ? null : <ParameterPlot parameter={parameter.name} values={parameter.values} arms={rows} metric={metric} />}
      </div>
    </Card>
  );
}
