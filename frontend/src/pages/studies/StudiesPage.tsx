import { useRef } from "react";
import { Link, useNavigate } from "react-router";
import { asApiError } from "../../api/client";
import type { ApiError } from "../../api/errors";
import { useProjects, useStudies, type StudiesQuery } from "../../api/studies";
import type { StudyRow } from "../../api/types";
import { searchName } from "../../lib/search";
import { count, counted } from "../../lib/words";
import { useKeys } from "../../state/bindings";
import { Empty } from "../../ui/notes/Notes";
import { PageHead } from "../../ui/notes/PageHead";
import { Choice } from "../../ui/controls/Choice";
import { Pager } from "../../ui/controls/Pager";
import { SavedViews } from "../../ui/controls/SavedViews";
import { Waiting } from "../../ui/notes/Waiting";
import { useAddress } from "../../state/address";
import { useDebounced } from "../../state/useDebounced";
import { useLast } from "../../state/useLast";
import { StudiesActions } from "./StudiesActions";
import { StudiesTable } from "./StudiesTable";

const PER_PAGE = 50;
const TYPING_MS = 150;
const EVERYTHING = { q: null, page: null, project: null, archived: null };

interface StudiesPageOf {
  items: readonly StudyRow[];
  page: number;
  per_page: number;
  total: number;
}

/** The search with what is chosen beside it: a project, and archived studies only. */
export function wholeSearch(search: string, project: string | null, archived: boolean): string {
  return [search, project === null ? "" : `project:${searchName(project)}`, archived ? "is:archived" : ""].filter((part) => part !== "").join(" ");
}

function toQuery(search: string, sort: string | null, page: string | null): StudiesQuery {
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
          Create a study
        </Link>
      }
    >
      Seedspread trains each configuration under many seeds and tells you whether one really beats another, how much the
      results vary, and where the variation comes from.
    </Empty>
  );
}

function Listed({ page, searched }: { page: StudiesPageOf; searched: boolean }) {
  const address = useAddress();
  const navigate = useNavigate();
  const projects = useProjects().data ?? [];
  const selected = address.ids("sel");
  const select = (ids: readonly number[]) => address.set({ sel: ids.join(",") });
  if (page.items.length > 0) {
    return (
      <>
        <StudiesActions
          selected={page.items.filter((study) => selected.includes(study.id))}
          projects={projects.map(({ name }) => name)}
          onClear={() => select([])}
        />
        <StudiesTable studies={page.items} selected={selected} onSelect={select} onOpen={(study) => void navigate(`/studies/${study.id}`)} />
        <Pager page={page.page} perPage={page.per_page} total={page.total} told={counted(page.total, "study", "studies")} />
      </>
    );
  }
  if (!searched && page.total === 0) return <FirstStudy />;
  return (
    <Empty
      title={page.total === 0 ? "No matching studies" : `The list ends before page ${page.page}`}
      action={
        <button type="button" onClick={() => address.set(EVERYTHING)}>
          Show all studies
        </button>
      }
    />
  );
}

/** In the list's place where the first search is one that cannot be read: what is wrong with it stands above. */
function Refused() {
  const address = useAddress();
  return (
    <Empty
      title="Invalid search"
      action={
        <button type="button" onClick={() => address.set(EVERYTHING)}>
          Show all studies
        </button>
      }
    />
  );
}

function misunderstood({ faults: [fault], message }: ApiError): string {
  return fault === undefined ? message : `Cannot read “${String(fault.value)}”. Expected ${fault.expected}.`;
}

/** Every study: what runs, what is decided, what needs attention. */
export function StudiesPage() {
  const address = useAddress();
  const field = useRef<HTMLInputElement>(null);
  const search = address.get("q") ?? "";
  const settled = useDebounced(search, TYPING_MS);
  const project = address.get("project");
  const archived = address.get("archived") === "1";
  const whole = wholeSearch(settled, project, archived);
  const projects = useProjects().data ?? [];
  const query = useStudies(toQuery(whole, address.get("sort"), address.get("page")));
  const last = useLast(query.data);
  // The empty answer to a search that was just cleared is no empty service.
  const searched = whole !== "" || query.isPlaceholderData;
  const refused = query.error === null ? null : asApiError(query.error);
  const misspelt = refused?.status === 422 ? refused : null;
  useKeys([{ keys: "/", does: "Search the studies", run: () => field.current?.focus() }]);

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
          aria-invalid={misspelt !== null}
          aria-describedby={misspelt === null ? undefined : "search-fault"}
          placeholder="Search:  width  recipe:digits-mlp  tag:paper  is:running"
          value={search}
          onChange={(event) => address.set({ q: event.target.value, page: null })}
        />
        {projects.length === 0 ? null : (
          <Choice
            label="Project"
            value={project ?? ""}
            options={[{ value: "", name: "all" }, ...projects.map(({ name, studies, archived: gone }) => ({ value: name, name: `${name} (${count(studies - gone)})` }))]}
            onChoose={(next) => address.set({ project: next, page: null, sel: null })}
          />
        )}
        <button type="button" className="small" aria-pressed={archived} onClick={() => address.set({ archived: archived ? null : "1", page: null, sel: null })}>
          Archived
        </button>
      </div>
      {misspelt === null ? null : (
        <p id="search-fault" className="search-fault" role="status">
          {misunderstood(misspelt)}
        </p>
      )}
      {misspelt !== null ? (
        last === undefined ? <Refused /> : <Listed page={last} searched={searched} />
      ) : (
        <Waiting query={query} what="studies" height={300}>
          {(page) => <Listed page={page} searched={searched} />}
        </Waiting>
      )}
    </div>
  );
}
