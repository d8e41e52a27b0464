import { Link } from "react-router";
import type { CheckedFile } from "../../api/types";
import { size } from "../../lib/words";
import { Copy } from "../../ui/controls/Copy";
import { Classes, PathText, shape } from "./Contents";
import { Studies } from "./Used";

function trains(found: CheckedFile, recipe: string, parameter: string, target: string): string {
  const given = new URLSearchParams({ recipe, [`p.${parameter}`]: found.path });
  if (target !== "") given.set("p.target", target);
  return `/studies/new?${given.toString()}`;
}

function Takes({ found, target }: { found: CheckedFile; target: string }) {
  if (found.takes.length === 0) return <>no recipe that is known here takes {found.kind === "arrays" ? "arrays" : `a ${found.kind} file`}</>;
  return (
    <span className="chips">
      {found.takes.map(({ recipe, parameter }) => (
        <Link key={`${recipe} ${parameter}`} className="button small" to={trains(found, recipe, parameter, target)}>
          New study of {recipe}
        </Link>
      ))}
    </span>
  );
}

/** What is in a file that reads, what can be done with it, and whether it was trained on before. */
export function Checked({ found, target }: { found: CheckedFile; target: string }) {
  return (
    <div className="checked-file">
      <p className="verdict">{found.sentence}</p>
      <dl className="file-facts">
        <dt>File</dt>
        <dd>
          <PathText path={found.path} />
        </dd>
        <dt>SHA-256</dt>
        <dd>
          <code className="digest">{found.sha256}</code> <Copy text={found.sha256} label="Copy" />
        </dd>
        <dt>Content</dt>
        <dd>
          {shape(found.contents)} · {size(found.size_bytes)}
        </dd>
        <dt>Train</dt>
        <dd>
          <Takes found={found} target={target} />
        </dd>
        <dt>Used by</dt>
        <dd>
          {found.same.length === 0 ? "No study used this content" : <Studies studies={found.same} total={found.same.length} />}
        </dd>
        {found.other.length === 0 ? null : (
          <>
            <dt>Changed</dt>
            <dd>
              These studies used another version of this file. Their runs cannot be replayed until it is restored:
              <Studies studies={found.other} total={found.other.length} />
            </dd>
          </>
        )}
      </dl>
      {found.contents.classes.length === 0 ? null : <Classes contents={found.contents} />}
    </div>
  );
}
