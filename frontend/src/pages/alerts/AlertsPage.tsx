import { Link } from "react-router";
import { ALERTS_PER_PAGE, useAlerts } from "../../api/operation";
import type { Alert } from "../../api/types";
import { counted } from "../../lib/words";
import { useAddress } from "../../state/address";
import { Pager } from "../../ui/controls/Pager";
import { StateMark, type ShownState } from "../../ui/marks/StateMark";
import { When } from "../../ui/marks/Value";
import { Empty } from "../../ui/notes/Notes";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { TableScroll } from "../../ui/notes/TableScroll";

const SIGNS: Record<Alert["kind"], { state: ShownState; name: string }> = {
  failed: { state: "failed", name: "Failed" },
  diverged: { state: "diverged", name: "Diverged" },
  decided: { state: "finished", name: "Decided" },
};

const DELIVERY: Record<Alert["delivery"], string> = {
  none: "",
  due: "To be sent",
  sending: "Being sent",
  sent: "Sent",
  refused: "Not delivered",
  unknown: "Delivery not confirmed",
};

/** First failures and divergences of studies, and their verdicts. */
export default function AlertsPage() {
  const address = useAddress();
  const number = Math.max(1, Number(address.get("page")) || 1);
  const query = useAlerts(number);
  return (
    <div className="page">
      <PageHead title="Alerts" />
      <Waiting query={query} what="alerts" height={300}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="No alerts yet">
              A study's first failed and first diverged run, and its verdict, will be listed here. Set SEEDSPREAD_WEBHOOK_URL to have them posted to Slack too.
            </Empty>
          ) : (
            <>
              <TableScroll>
                <table className="table alerts stack">
                  <thead>
                    <tr>
                      <th scope="col">Event</th>
                      <th scope="col">Study</th>
                      <th scope="col">What happened</th>
                      <th scope="col">Webhook</th>
                      <th scope="col">When</th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.items.map((alert) => (
                      <Row key={alert.id} alert={alert} />
                    ))}
                  </tbody>
                </table>
              </TableScroll>
              <Pager page={page.page} perPage={ALERTS_PER_PAGE} total={page.total} told={counted(page.total, "alert")} />
            </>
          )
        }
      </Waiting>
    </div>
  );
}

function Row({ alert }: { alert: Alert }) {
  const { state, name } = SIGNS[alert.kind];
  return (
    <tr data-alert={alert.id}>
      <td className="nowrap">
        <StateMark state={state} /> {name}
      </td>
      <td>
        <Link to={`/studies/${alert.study_id}`}>{alert.study}</Link>
      </td>
      <td data-label="What happened">{alert.run_id === null ? alert.text : <Link to={`/runs/${alert.run_id}`}>{alert.text}</Link>}</td>
      <td className={`muted nowrap${DELIVERY[alert.delivery] === "" ? " nothing" : ""}`} data-label="Webhook">
        {DELIVERY[alert.delivery]}
      </td>
      <td className="nowrap" data-label="When">
        <When at={alert.created_at} />
      </td>
    </tr>
  );
}
