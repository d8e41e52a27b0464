import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useFloor } from "../../api/analysis";
import { useFloorChanges } from "../../api/changes";
import { useFigure } from "../../api/figures";
import type { Floor } from "../../api/types";
import { FigureCard } from "../../figures/FigureCard";
import { count, counted, entered, number, unbroken } from "../../lib/words";
import { Confirm } from "../../ui/controls/Confirm";
import { When } from "../../ui/marks/Value";
import { Card } from "../../ui/notes/Card";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { JudgeDialog } from "./JudgeDialog";
import { Budget, ENVIRONMENT, Mean, Spread } from "./parts";
import { TableScroll } from "../../ui/notes/TableScroll";

const NAMES: Record<string, string> = { recipe: "Recipe", recipe_version: "Version of the recipe", summary: "Value used" };
const STATES: Record<string, string> = { better: "Better", not_better: "Not better", undecided: "Undecided", broken: "Cannot be judged" };

/** One noise floor: its distribution, its conditions, and the candidates judged against it. */
export default function FloorPage() {
  const { floor = "" } = useParams();
  const query = useFloor(floor);
  return (
    <div className="page">
      <Waiting query={query} what="noise floor" height={400}>
        {(data) => <FloorView floor={data} />}
      </Waiting>
    </div>
  );
}

function FloorView({ floor }: { floor: Floor }) {
  const [open, setOpen] = useState<"judge" | "delete" | null>(null);
  const { remove, forget } = useFloorChanges();
  const navigate = useNavigate();
  const subject = { floor: floor.name };
  const figure = useFigure(subject, "distribution", {});
  const close = () => setOpen(null);
  return (
    <>
      <PageHead
        crumbs={[{ name: "Noise floors", to: "/floors" }]}
        title={floor.name}
        actions={
          <>
            <button type="button" className="primary" onClick={() => setOpen("judge")}>
              Judge a candidate…
            </button>
            <button type="button" className="danger-text" onClick={() => setOpen("delete")}>
              Delete…
            </button>
          </>
        }
      />
      <FigureCard query={figure} name="Distribution" subject={subject} figure="distribution" asked={{}} />
      <Candidates floor={floor} />
      <Facts floor={floor} />
      {open === "judge" ? <JudgeDialog floor={floor} onClose={close} /> : null}
      {open === "delete" ? (
        <Confirm
          title={`Delete the noise floor ${floor.name}?`}
          action="Delete"
          danger
          onClose={close}
          onConfirm={async () => {
            await remove.mutateAsync(floor.name);
            await navigate("/floors");
            await forget(floor.name);
          }}
        >
          Its {counted(floor.judged.length, "judgement")} and what they spent of the error rate are forgotten. Judge the same candidates again only against
          fresh runs.
        </Confirm>
      ) : null}
    </>
  );
}

function Candidates({ floor }: { floor: Floor }) {
  return (
    <Card title="Candidates">
      {floor.judged.length === 0 ? (
        <p className="muted">None judged yet: {counted(floor.candidates, "candidate")} are planned, and 3 seeds or more of one decide.</p>
      ) : (
        <TableScroll>
          <table className="table candidates">
            <thead>
              <tr>
                <th scope="col">Candidate</th>
                <th scope="col">Verdict</th>
                <th scope="col" className="num">
                  Seeds
                </th>
                <th scope="col" className="num">
                  Error rate spent
                </th>
                <th scope="col">What was measured</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {floor.judged.flatMap((item) =>
                item.judgements.map((look, index) => (
                  <tr key={`${item.candidate} ${index}`}>
                    <th scope="row">{item.candidate}</th>
                    <td className="nowrap">{STATES[look.state] ?? look.state}</td>
                    <td className="num">{count(look.n)}</td>
                    <td className="num">{number(look.alpha)}</td>
                    <td>{unbroken(look.headline)}</td>
                    <td className="nowrap">
                      <When at={look.at} />
                    </td>
                  </tr>
                )),
              )}
            </tbody>
          </table>
        </TableScroll>
      )}
    </Card>
  );
}

function Facts({ floor }: { floor: Floor }) {
  const better = floor.direction === "maximize" ? "higher is better" : "lower is better";
  const conditions = Object.entries(floor.conditions);
  const shared = conditions.filter(([key]) => key.startsWith(ENVIRONMENT));
  const own = conditions.filter(([key]) => !key.startsWith(ENVIRONMENT) && key !== "metric");
  const origin = floor.study_id === null ? floor.origin : <Link to={`/studies/${floor.study_id}`}>{floor.origin}</Link>;
  return (
    <Card title="Noise floor">
      <TableScroll>
        <table className="table">
          <tbody>
            <Fact name="Metric">
              {floor.metric} ({better})
            </Fact>
            <Fact name="Seeds">{count(floor.values.n)}</Fact>
            <Fact name="Mean">
              <Mean floor={floor} />
            </Fact>
            <Fact name="SD">
              <Spread floor={floor} />
            </Fact>
            <Fact name="Error budget">
              <Budget floor={floor} />, {counted(floor.candidates, "candidate")} planned; the next needs {counted(floor.seeds_to_decide, "seed")} or more
            </Fact>
            {floor.smallest_difference === null ? null : (
              <Fact name="Smallest difference that matters">{entered(floor.smallest_difference, floor.unit)}</Fact>
            )}
            <Fact name="From">{origin}</Fact>
            <Fact name="Saved">
              <When at={floor.created} />
            </Fact>
            {own.map(([key, value]) => (
              <Fact key={key} name={NAMES[key] ?? key}>
                {value}
              </Fact>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {shared.length === 0 ? null : (
        <details className="floor-environment">
          <summary>Environment that a candidate has to share ({counted(shared.length, "fact")})</summary>
          <TableScroll>
            <table className="table">
              <tbody>
                {shared.map(([key, value]) => (
                  <Fact key={key} name={key.slice(ENVIRONMENT.length)}>
                    {value}
                  </Fact>
                ))}
              </tbody>
            </table>
          </TableScroll>
        </details>
      )}
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  );
}
