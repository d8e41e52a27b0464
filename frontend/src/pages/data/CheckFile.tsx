import { type FormEvent, useState } from "react";
import { FILE_KINDS, type FileKind, useFileCheck, type WantedFile } from "../../api/catalog";
import { asApiError } from "../../api/client";
import type { ApiError } from "../../api/errors";
import { type Address, useAddress } from "../../state/address";
import { Choice } from "../../ui/controls/Choice";
import { Field } from "../../ui/controls/Field";
import { Checked } from "./Checked";

const KINDS: readonly { value: FileKind | ""; name: string }[] = [
  { value: "", name: "Detect" },
  { value: "table", name: "Table of numbers" },
  { value: "text", name: "Labeled text" },
  { value: "arrays", name: "Arrays (npz)" },
];

function wantedIn(address: Address): WantedFile {
  const kind = FILE_KINDS.find((one) => one === address.get("kind")) ?? null;
  return { path: address.get("file") ?? "", kind, target: address.get("target") ?? "" };
}

/** Asks for a path, and says what is in the file; the file asked for lives in the address. */
export function CheckFile() {
  const address = useAddress();
  const wanted = wantedIn(address);
  // Fields start anew where the address names another file, by a row's button or by Back.
  return <Form key={JSON.stringify(wanted)} wanted={wanted} address={address} />;
}

/** What would be right instead, and what can be done. */
function told({ faults: [first], message, hint }: ApiError): string {
  const right = first === undefined ? message : `Expected ${first.expected}.`;
  return hint === null ? right : `${right} ${hint[0]?.toUpperCase()}${hint.slice(1)}.`;
}

function Form({ wanted, address }: { wanted: WantedFile; address: Address }) {
  const [path, setPath] = useState(wanted.path);
  const [kind, setKind] = useState<FileKind | "">(wanted.kind ?? "");
  const [target, setTarget] = useState(wanted.target);
  const query = useFileCheck(wanted);
  const fault = query.error === null ? null : asApiError(query.error);
  const look = (event: FormEvent) => {
    event.preventDefault();
    const next = { file: path.trim(), kind, target: target.trim() };
    if (next.file === wanted.path && next.kind === (wanted.kind ?? "") && next.target === wanted.target) void query.refetch();
    else address.set(next, "push");
  };
  return (
    <>
      <form className="check-file" onSubmit={look}>
        <Field
          label="Path on the server"
          help="CSV, TSV (plain or gzipped), Parquet or npz. It must be in a data folder of the service. Nothing is stored."
          fault={fault === null ? undefined : told(fault)}
        >
          {(ids) => (
            <input {...ids} className="mono" value={path} placeholder="/data/wine.csv" onChange={(event) => setPath(event.target.value)} />
          )}
        </Field>
        <div className="check-more">
          <Choice label="Read as" value={kind} options={KINDS} onChoose={setKind} />
          <label className="choice">
            <span>Class column</span>
            <input value={target} placeholder="last column" disabled={kind === "text" || kind === "arrays"} onChange={(event) => setTarget(event.target.value)} />
          </label>
          <button type="submit" className="primary" disabled={path.trim() === "" || query.isFetching}>
            Check file
          </button>
        </div>
      </form>
      <div role="status">
        {wanted.path === "" || fault !== null ? null : query.data === undefined ? (
          <p className="muted">Reading {wanted.path}…</p>
        ) : (
          <Checked found={query.data} target={wanted.target} />
        )}
      </div>
    </>
  );
}
