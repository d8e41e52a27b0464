import { Link } from "react-router";
import { start } from "../../lib/values";
import { Empty } from "../../ui/notes/Notes";

/** A study that went while its page was open. */
export function Deleted({ name }: { name: string }) {
  return (
    <Empty title="This study was deleted" action={<Link to="/" className="button">All studies</Link>}>
      “{start(name, 120)}” was deleted while this page was open.
    </Empty>
  );
}
