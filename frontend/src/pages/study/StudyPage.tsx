import { useParams } from "react-router";
import { useStudy } from "../../api/studies";
import { Missing } from "../../parts/Notes";
import { Waiting } from "../../parts/Waiting";
import { StudyView } from "./StudyView";

/** A study by its address. */
export default function StudyPage() {
  const id = Number(useParams()["study"]);
  if (!Number.isSafeInteger(id) || id < 1) return <Missing what="study" />;
  return <LoadedStudy key={id} id={id} />;
}

function LoadedStudy({ id }: { id: number }) {
  const query = useStudy(id);
  return (
    <div className="page">
      <Waiting query={query} what="study" height={600}>
        {(study) => <StudyView study={study} />}
      </Waiting>
    </div>
  );
}
