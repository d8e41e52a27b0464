import { PageHead } from "../../parts/PageHead";
import { useAddress } from "../../view/address";
import { parseArms } from "./address";
import { CompareArms } from "./CompareArms";
import { CompareRuns } from "./CompareRuns";
import { PickArms } from "./PickArms";

/** Any arms or runs beside each other, of one study or several; which ones is in the address. */
export default function ComparePage() {
  const address = useAddress();
  const runs = address.ids("runs");
  const arms = parseArms(address.get("arms"));
  return (
    <div className="page">
      <PageHead crumbs={[{ name: "Studies", to: "/" }]} title="Compare" />
      {runs.length > 0 ? (
        <CompareRuns runs={runs} />
      ) : (
        <>
          <PickArms arms={arms} />
          {arms.length > 1 ? <CompareArms arms={arms} /> : null}
        </>
      )}
    </div>
  );
}
