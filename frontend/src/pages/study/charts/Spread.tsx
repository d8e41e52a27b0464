import { Link } from "react-router";
import { useFamily, useVariance } from "../../../api/analysis";
import type { ArmSpread, Share, Study, Variance } from "../../../api/types";
import * as words from "../../../lib/words";
import { part, partSpan, sd } from "../../../lib/words";
import { ArmChip } from "../../../ui/marks/ArmChip";
import { Card } from "../../../ui/notes/Card";
import { tellsSources } from "../asks/design";
import type { Summary } from "../../../lib/values";

function cut(bars: readonly Share[]): boolean {
  return bars.some((bar) => (bar.share ?? 0) > 1);
}

function width(share: number): string {
  return `${Math.max(0, Math.min(1, share)) * 100}%`;
}

function ShareBar({ bar }: { bar: Share }) {
  const over = bar.share !== null && bar.share > 1;
  const told = bar.share === null ? "unknown" : part(bar.share, bar.interval === null ? null : [bar.interval.low, bar.interval.high]);
  const range = bar.interval === null ? undefined : `${words.level(bar.interval.level)} CI ${partSpan(bar.interval.low, bar.interval.high)}`;
  return (
    <div className="share">
      <span className="cut" title={bar.name}>
        {bar.name}
      </span>
      <span className="share-bar" aria-hidden="true">
        {bar.interval === null ? null : (
          <span
            className={bar.interval.high > 1 ? "share-range share-range-on" : "share-range"}
            style={{ left: width(bar.interval.low), width: `calc(${width(bar.interval.high)} - ${width(bar.interval.low)})` }}
          />
        )}
        <span className={over ? "share-fill share-over" : "share-fill"} style={{ width: width(bar.share ?? 0) }} />
      </span>
      <span className="num" title={range}>
        {told}
      </span>
    </div>
  );
}

/** One arm's standard deviation on a scale that all share, with the interval it is known to. */
function SpreadBar({ one, scale, most }: { one: ArmSpread; scale: number; most: number }) {
  const { std, interval } = one;
  const told = std === null ? "unknown" : interval === null ? sd(std * scale) : words.rounded(std * scale, [interval.low * scale, interval.high * scale]);
  const range = interval === null ? undefined : words.interval(interval.low * scale, interval.high * scale, interval.level);
  return (
    <div className="share share-spread">
      <ArmChip position={one.position} name={one.name} />
      <span className="share-bar" aria-hidden="true">
        {interval === null ? null : (
          <span
            className="share-range"
            style={{ left: width(interval.low / most), width: `calc(${width(interval.high / most)} - ${width(interval.low / most)})` }}
          />
        )}
        <span className="share-fill" style={{ width: width((std ?? 0) / most) }} />
      </span>
      <span className="num" title={range}>
        {told} <span className="muted">n = {one.n}</span>
      </span>
    </div>
  );
}

/** How far the runs of each arm spread. */
function Spreads({ spreads, unit: given }: { spreads: readonly ArmSpread[]; unit: string }) {
  const ends = spreads.map((one) => one.interval?.high ?? one.std ?? 0);
  const most = Math.max(...ends);
  if (spreads.every((one) => one.std === null)) return null;
  const [scale, unit] = given === "share" ? [100, "points"] : [1, given];
  const drawn = spreads.find((one) => one.interval !== null)?.interval ?? undefined;
  return (
    <>
      <p className="muted">
        Standard deviation (SD) across seeds{unit === "" ? "" : `, in ${unit}`}.{" "}
        {drawn === undefined ? "" : `The line shows its ${words.level(drawn.level)} CI.`}
      </p>
      {spreads.map((one) => (
        <SpreadBar key={one.position} one={one} scale={scale} most={most > 0 ? most : 1} />
      ))}
    </>
  );
}

function Shares({ variance, named, unit }: { variance: Variance; named: boolean; unit: string }) {
  const bars = (variance.shares ?? []).filter((bar) => bar.share !== null);
  const said = (variance.detail ?? []).join(" ");
  return (
    <div className="shares">
      {named ? <h3>{variance.variant}</h3> : null}
      <Spreads spreads={variance.spreads ?? []} unit={unit} />
      {bars.length === 0 && said === "" ? <p>{variance.headline}</p> : null}
      {bars.length === 0 ? null : <p className="muted">Share of the variance by source.</p>}
      {cut(bars) ? <p className="muted">An arrow marks an estimate above 100%: the source alone spread at least as much as all together.</p> : null}
      {bars.map((bar) => (
        <ShareBar key={bar.name} bar={bar} />
      ))}
      {said === "" ? null : bars.length === 0 && (variance.spreads ?? []).length === 0 ? (
        <p>{said}</p>
      ) : (
        <details>
          <summary>Intervals and tests</summary>
          <p>{said}</p>
        </details>
      )}
    </div>
  );
}

/** How far the runs of each arm spread and, where the design can tell, where that comes from. */
export function Spread({ study, metric, summary }: { study: Study; metric: string; summary: Summary }) {
  const asked = { metric, summary };
  const family = useFamily(study.id, asked, study.arms.length > 1);
  const apart = tellsSources(study, family.data?.asks);
  const query = useVariance(study.id, asked, apart);
  const found = apart ? (query.data ?? []) : [];
  const spreads = family.data?.spreads ?? [];
  const unit = family.data?.comparisons[0]?.unit ?? study.unit;
  const looking = (study.arms.length > 1 && family.data === undefined) || (apart && query.data === undefined);
  if (!apart && !looking && spreads.length > 0) {
    return (
      <Card title="Spread of the runs">
        <div className="shares">
          <Spreads spreads={spreads} unit={unit} />
        </div>
      </Card>
    );
  }
  return (
    <Card title="Where the spread comes from">
      {looking ? (
        <p className="muted">{family.error?.message ?? query.error?.message ?? "Loading…"}</p>
      ) : found.length === 0 ? (
        <p className="muted">
          All randomness sources vary together in this study. The preset “sources” separates them
          <span className="members-only">
            : <Link to={`/studies/new?clone=${study.id}&preset=sources`}>Create such a study</Link>
          </span>
          .
        </p>
      ) : (
        found.map((variance) => <Shares key={variance.variant} variance={variance} named={found.length > 1} unit={unit} />)
      )}
    </Card>
  );
}
