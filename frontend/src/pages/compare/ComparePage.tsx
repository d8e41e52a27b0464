import { useLocation } from "react-router";
import { PageHead } from "../../ui/notes/PageHead";
import { useAddress } from "../../state/address";
import { parseArms } from "../../arms/address";
import { CompareArms } from "./CompareArms";
import { CompareRuns } from "./CompareRuns";
import { isOffered, Offered } from "./pick/Offered";

/** Any arms or runs beside each other, of one study or several; which ones is in the address. */
export default function ComparePage() {
  const address = useAddress();
  const { state } = useLocation();
  const runs = address.ids("runs");
  const named = address.get("arms");
  return (
    <div className="page">
      <PageHead crumbs={[{ name: "Studies", to: "/" }]} title="Compare" />
      {runs.length > 0 ? (
        <CompareRuns runs={runs} />
      ) : named === null ? (
        <Offered />
      ) : (
        <CompareArms refs={parseArms(named)} offered={isOffered(state)} />
      )}
    </div>
  );
}
