import { useParams } from "react-router";
import { useRun } from "../../api/runs";
import { Missing } from "../../ui/notes/Notes";
import { Waiting } from "../../ui/notes/Waiting";
import { RunView } from "./RunView";

/** A run by its address. */
export default function RunPage() {
  const id = Number(useParams()["run"]);
  if (!Number.isSafeInteger(id) || id < 1) return <Missing what="run" />;
  return <LoadedRun key={id} id={id} />;
}

function LoadedRun({ id }: { id: number }) {
  const query = useRun(id);
  return (
    <div className="page">
      <Waiting query={query} what="run" height={600}>
        {(run) => <RunView run={run} />}
      </Waiting>
    </div>
  );
}
