import { useParams } from "react-router";
import { fetchText } from "../../api/client";
import { useStudy } from "../../api/studies";
import type { Study } from "../../api/types";
import { save } from "../../figures/download";
import { Copy } from "../../ui/controls/Copy";
import { Icon } from "../../ui/marks/Icon";
import { Menu } from "../../ui/controls/Menu";
import { Missing } from "../../ui/notes/Notes";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { ReportFigures } from "./ReportFigures";
import { useReportFrame } from "./useReportFrame";

/** What a study says, to read, print and take away. */
export default function ReportPage() {
  const id = Number(useParams()["study"]);
  if (!Number.isSafeInteger(id) || id < 1) return <Missing what="study" />;
  return <LoadedReport id={id} />;
}

function LoadedReport({ id }: { id: number }) {
  const query = useStudy(id);
  return (
    <div className="page">
      <Waiting query={query} what="study" height={600}>
        {(study) => <Report study={study} />}
      </Waiting>
    </div>
  );
}

function Report({ study }: { study: Study }) {
  const { frame, height, figures, read } = useReportFrame();
  const root = `/api/v1/studies/${study.id}`;
  const reportAs = (format: string) => () => fetchText(`${root}/report?format=${format}`);
  return (
    <>
      <PageHead
        crumbs={[
          { name: "Studies", to: "/" },
          { name: study.name, to: `/studies/${study.id}` },
        ]}
        title={`Report: ${study.name}`}
        actions={
          <>
            <button type="button" className="primary" onClick={() => save(`${root}/report?format=html&download=true`, `study-${study.id}.html`)}>
              Download HTML
            </button>
            <button type="button" onClick={() => frame.current?.contentWindow?.print()}>
              Print
            </button>
            <Copy text={reportAs("markdown")} label="Copy as Markdown" />
            <Copy text={reportAs("latex")} label="Copy as LaTeX" />
            <Menu
              label="Data to download"
              sign={
                <>
                  Data <Icon name="down" />
                </>
              }
              className=""
              items={(["csv", "json", "parquet"] as const).map((format) => ({
                name: format === "parquet" ? "Parquet" : format.toUpperCase(),
                run: () => save(`${root}/data?format=${format}`, `study-${study.id}-runs.${format}`),
              }))}
            />
          </>
        }
      />
      <iframe
        ref={frame}
        title={`Report of ${study.name}`}
        className="report"
        src={`${root}/report?format=html`}
        // No scripts run in it; same-origin, so that its height can be read and it can be printed.
        sandbox="allow-same-origin allow-modals"
        style={{ height }}
        onLoad={read}
      />
      <ReportFigures study={study.id} figures={figures} />
    </>
  );
}
