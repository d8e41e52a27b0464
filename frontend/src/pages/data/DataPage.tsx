import { useDatasets } from "../../api/catalog";
import { Card } from "../../ui/notes/Card";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { BuiltInTable } from "./BuiltInTable";
import { CheckFile } from "./CheckFile";
import { FilesTable, NoFiles } from "./FilesTable";

/** What can be trained on, what was, and a file looked into before one trains on it. */
export default function DataPage() {
  const query = useDatasets();
  return (
    <div className="page">
      <PageHead title="Data" />
      <Card title="Check a file">
        <CheckFile />
      </Card>
      <Card title="Files used by studies">
        <Waiting query={query} what="files">
          {({ files }) => (files.length === 0 ? <NoFiles /> : <FilesTable files={files} />)}
        </Waiting>
      </Card>
      <Card title="Built-in data sets">
        <Waiting query={query} what="data sets">
          {({ built_in }) => <BuiltInTable all={built_in} />}
        </Waiting>
      </Card>
    </div>
  );
}
