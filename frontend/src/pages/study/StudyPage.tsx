import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation, useParams } from "react-router";
import { asApiError } from "../../api/client";
import { figureOptions } from "../../api/figures";
import { compactOptions } from "../../api/runs";
import { useStudy } from "../../api/studies";
import { Missing } from "../../ui/notes/Notes";
import { Waiting } from "../../ui/notes/Waiting";
import { loadPlotly } from "../../figures/Plot";
import { askedBy } from "./asks/asked";
import { Deleted } from "./Deleted";
import { StudyView } from "./StudyView";

/** A study by its address. */
export default function StudyPage() {
  const id = Number(useParams()["study"]);
  if (!Number.isSafeInteger(id) || id < 1) return <Missing what="study" />;
  return <LoadedStudy key={id} id={id} />;
}

/** Asks for rows and figures at once with the study, instead of one after the other. */
function usePrefetch(id: number): void {
  const client = useQueryClient();
  const { search } = useLocation();
  const [first] = useState(search);
  useEffect(() => {
    const address = new URLSearchParams(first);
    const asked = askedBy((key) => address.get(key));
    void loadPlotly();
    void client.prefetchQuery(compactOptions(id));
    void client.prefetchQuery(figureOptions({ study: id }, "curves", asked.curves));
    void client.prefetchQuery(figureOptions({ study: id }, "distribution", asked.distribution));
  }, [client, id, first]);
}

function LoadedStudy({ id }: { id: number }) {
  usePrefetch(id);
  const query = useStudy(id);
  if (query.data !== undefined && query.error !== null && asApiError(query.error).missing) return <Deleted name={query.data.name} />;
  return (
    <div className="page">
      <Waiting query={query} what="study" height={600}>
        {(study) => <StudyView study={study} />}
      </Waiting>
    </div>
  );
}
