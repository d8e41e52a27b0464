import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useStudyChanges } from "../../../api/changes";
import { useSession } from "../../../api/operation";
import type { Study } from "../../../api/types";
import { save } from "../../../figures/download";
import { useCommands } from "../../../state/commands";
import { goingOn } from "../../../lib/events";
import { Confirm } from "../../../ui/controls/Confirm";
import { Icon } from "../../../ui/marks/Icon";
import { Menu } from "../../../ui/controls/Menu";
import { ErrorNote } from "../../../ui/notes/Notes";
import { counted } from "../../../lib/words";
import { armsText } from "../../../arms/address";
import { MOST_ARMS } from "../../../arms/question";
import { AddSeedsDialog } from "./AddSeedsDialog";
import { EditDialog } from "./EditDialog";
import { ShareDialog } from "./ShareDialog";

type Asked = "seeds" | "edit" | "share" | "cancel" | "delete" | null;

/** What can be done with a study. */
export function StudyActions({ study }: { study: Study }) {
  const session = useSession().data;
  // Whoever reads by a link may change nothing, and sees no other page.
  return session?.study ? null : <Actions study={study} />;
}

function Actions({ study }: { study: Study }) {
  const [asked, setAsked] = useState<Asked>(null);
  const navigate = useNavigate();
  const changes = useStudyChanges(study.id);
  const open = goingOn(study.counts);
  const ended = (study.counts["failed"] ?? 0) + (study.counts["cancelled"] ?? 0) > 0;
  const clone = () => void navigate(`/studies/new?clone=${study.id}`);
  const arms = study.arms.slice(0, MOST_ARMS).map(({ position }) => ({ study: study.id, arm: position }));
  const compare = () => void navigate(`/compare?arms=${armsText(arms)}`);
  const report = `/studies/${study.id}/report`;
  useCommands([
    { name: "Add seeds to this study", run: () => setAsked("seeds") },
    { name: "Report of this study", run: () => void navigate(report) },
    { name: "Compare the arms of this study", run: compare },
    { name: "Clone this study", run: clone },
  ]);
  const error = changes.cancel.error ?? changes.retry.error ?? (asked === "edit" ? null : changes.edit.error);
  const close = () => setAsked(null);
  return (
    <>
      <button type="button" onClick={() => setAsked("seeds")}>
        Add seeds…
      </button>
      <Link className="button" to={report}>
        Report
      </Link>
      <Menu
        label="More about this study"
        sign={<Icon name="more" />}
        className=""
        items={[
          { name: study.arms.length > 1 ? "Compare arms" : "Compare with other arms", run: compare },
          { name: "Clone…", run: clone },
          {
            name: "Download explorer (one HTML file)",
            run: () => save(`/api/v1/studies/${study.id}/explorer`, `study-${study.id}-explorer.html`),
          },
          { name: "Copy link", run: () => void navigator.clipboard.writeText(window.location.href) },
          { name: "Share read only…", run: () => setAsked("share") },
          { name: "Name, project, tags, notes…", run: () => setAsked("edit") },
          { name: study.pinned ? "Unpin" : "Pin", run: () => changes.edit.mutate({ pinned: !study.pinned }) },
          { name: study.archived ? "Restore" : "Archive", run: () => changes.edit.mutate({ archived: !study.archived }) },
          { name: "Retry failed and cancelled runs", disabled: !ended, run: () => changes.retry.mutate(null) },
          { name: "Cancel remaining runs…", disabled: !open, run: () => setAsked("cancel") },
          { name: "Delete…", danger: true, run: () => setAsked("delete") },
        ]}
      />
      {error === null ? null : <ErrorNote error={error} />}
      {asked === "seeds" ? <AddSeedsDialog study={study} onClose={close} /> : null}
      {asked === "edit" ? <EditDialog study={study} onClose={close} /> : null}
      {asked === "share" ? <ShareDialog study={study} onClose={close} /> : null}
      {asked === "cancel" ? (
        <Confirm
          title="Cancel remaining runs?"
          action="Cancel runs"
          onClose={close}
          onConfirm={() => changes.cancel.mutateAsync(null)}
        >
          Queued runs are cancelled and running ones stop. Finished runs are kept. Cancelled runs can be retried.
        </Confirm>
      ) : null}
      {asked === "delete" ? (
        <Confirm
          title="Delete this study?"
          action="Delete study"
          danger
          onClose={close}
          onConfirm={async () => {
            await changes.remove.mutateAsync();
            void navigate("/");
            changes.forget();
          }}
        >
          This deletes {counted(study.runs, "run")} with curves, fingerprints and logs. It cannot be undone.
        </Confirm>
      ) : null}
    </>
  );
}
