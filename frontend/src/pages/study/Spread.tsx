import { Link } from "react-router";
import { useVariance } from "../../api/findings";
import type { Interval, Study, Variance } from "../../api/types";
import { percent } from "../../format/numbers";
import { Card } from "../../parts/Card";
import { tellsSources } from "./design";
import type { Summary } from "./rows";

interface Bar {
  name: string;
  share: number | null;
  interval: Interval | null;
}

/** The shares of a variant, from whichever design gave them. */
export function barsOf(variance: Variance): Bar[] {
  if (variance.components !== null && variance.components !== undefined) {
    const shares = variance.components.shares.map((share) => ({
      name: share.source,
      share: share.first_order ?? null,
      interval: share.first_order_interval ?? null,
    }));
    return [...shares, { name: variance.components.residual_is, share: variance.components.residual_share ?? null, interval: null }];
  }
  return (variance.alone?.sources ?? []).map((source) => ({
    name: source.source,
    share: source.share ?? null,
    interval: source.share_interval ?? null,
  }));
}

function cut(bars: readonly Bar[]): boolean {
  return bars.some((bar) => (bar.share ?? 0) > 1);
}

function width(share: number): string {
  return `${Math.max(0, Math.min(1, share)) * 100}%`;
}

function ShareBar({ bar }: { bar: Bar }) {
  const over = bar.share !== null && bar.share > 1;
  const told = bar.share === null ? "not known" : percent(bar.share);
  const range = bar.interval === null ? "" : `${percent(bar.interval.low)} to ${percent(bar.interval.high)}`;
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
      <span className="num" title={range === "" ? undefined : `95 % interval ${range}`}>
        {told}
      </span>
    </div>
  );
}

/** Where the spread comes from: each source's share of the variance, with its interval. */
export function Spread({ study, metric, summary }: { study: Study; metric: string; summary: Summary }) {
  const apart = tellsSources(study);
  const query = useVariance(study.id, { metric, summary }, apart);
  const found = query.data ?? [];
  return (
    <Card title="Where the spread comes from">
      {found.length === 0 ? (
        <p className="muted">
          {apart && query.data === undefined ? (
            (query.error?.message ?? "Looking …")
          ) : (
            <>
              All sources vary together here. A study of the preset “sources” tells them apart:{" "}
              <Link to={`/studies/new?clone=${study.id}&preset=sources`}>start one from this study</Link>.
            </>
          )}
        </p>
      ) : (
        found.map((variance) => (
          <div key={variance.variant} className="shares">
            {found.length > 1 ? <h3>{variance.variant}</h3> : null}
            <p>{variance.sentence}</p>
            {cut(barsOf(variance)) ? <p className="muted">A bar that ends in an arrow is cut: its share is above 100 %.</p> : null}
            {barsOf(variance).map((bar) => (
              <ShareBar key={bar.name} bar={bar} />
            ))}
          </div>
        ))
      )}
    </Card>
  );
}
