import { useRef } from "react";
import { Link, useNavigate } from "react-router";
import { useStudies, type StudiesQuery } from "../../api/studies";
import type { StudyRow } from "../../api/types";
import { plural } from "../../format/numbers";
import { useKeys } from "../../keys/bindings";
import { Empty } from "../../parts/Notes";
import { PageHead } from "../../parts/PageHead";
import { Pager } from "../../parts/Pager";
import { SavedViews } from "../../parts/SavedViews";
import { Waiting } from "../../parts/Waiting";
import { useAddress } from "../../view/address";
import { StudiesTable } from "./StudiesTable";

const PER_PAGE = 50;

function toQuery(search: string | null, sort: string | null, page: string | null): StudiesQuery {
  const [column, order] = (sort ?? "created_at.desc").split(".");
  return {
    ...(search ? { query: search } : {}),
    sort: column ?? "created_at",
    order: order === "asc" ? "asc" : "desc",
    page: Math.max(1, Number(page) || 1),
    per_page: PER_PAGE,
  };
}

function FirstStudy() {
  return (
    <Empty
      title="No study yet"
      action={
        <Link className="button primary" to="/studies/new">
          Start the first study
        </Link>
      }
    >
      A study trains one recipe under many seeds and says how far the results spread, where the spread comes from, and
      whether one variant really beats another.
    </Empty>
  );
}

/** Every study: what runs, what is decided, what needs attention. */
export function StudiesPage() {
  const address = useAddress();
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const search = address.get("q") ?? "";
  const query = useStudies(toQuery(search, address.get("sort"), address.get("page")));
  useKeys([{ keys: "/", does: "Search the studies", run: () => field.current?.focus() }]);
  const open = (study: StudyRow) => void navigate(`/studies/${study.id}`);

  return (
    <div className="page">
      <PageHead
        title="Studies"
        actions={
          <Link className="button primary" to="/studies/new">
            New study
          </Link>
        }
      />
      <div className="toolbar">
        <SavedViews page="studies" />
        <input
          ref={field}
          type="search"
          aria-label="Search the studies"
          placeholder="Search:  width  recipe:digits-mlp  tag:paper  is:running"
          value={search}
          onChange={(event) => address.set({ q: event.target.value, page: null })}
        />
      </div>
      <Waiting query={query} what="studies" height={300}>
        {(page) =>
          page.items.length > 0 ? (
            <>
              <StudiesTable studies={page.items} onOpen={open} />
              <Pager page={page.page} perPage={page.per_page} total={page.total} told={plural(page.total, "study", "studies")} />
            </>
          ) : search === "" ? (
            <FirstStudy />
          ) : (
            <Empty title="No study fits this search" action={<button type="button" onClick={() => address.set({ q: null })}>Show all studies</button>} />
          )
        }
      </Waiting>
    </div>
  );
}
