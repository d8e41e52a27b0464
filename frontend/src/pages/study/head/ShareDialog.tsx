import { useState } from "react";
import { useSession, useShares } from "../../../api/operation";
import type { Study } from "../../../api/types";
import { Copy } from "../../../ui/controls/Copy";
import { Dialog } from "../../../ui/controls/Dialog";
import { Field } from "../../../ui/controls/Field";
import { ErrorNote } from "../../../ui/notes/Notes";

const DAYS = [1, 7, 30, 90, 365];

/** Links by which somebody without a token reads this study and nothing else. */
export function ShareDialog({ study, onClose }: { study: Study; onClose: () => void }) {
  const [days, setDays] = useState(30);
  const session = useSession().data;
  const { list, create, revoke } = useShares(study.id);
  const error = list.error ?? create.error ?? revoke.error;
  const address = create.data === undefined ? null : `${window.location.origin}${create.data.path}`;
  const valid = list.data?.filter(({ revoked_at }) => !revoked_at) ?? [];
  return (
    <Dialog title="Share read only" onClose={onClose}>
      <div className="form-stack">
        <p>Anyone with the link can read this study without a token, and nothing else.</p>
        {session?.required === false ? (
          <p className="note">This service only answers this machine and requires no token: a link works, and restricts anything, only once it listens on a network.</p>
        ) : null}
      </div>
      <div className="fields one">
        <Field label="Valid for">
          {(ids) => (
            <select {...ids} value={days} onChange={(event) => setDays(Number(event.target.value))}>
              {DAYS.map((count) => (
                <option key={count} value={count}>
                  {count === 1 ? "1 day" : `${count} days`}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {address === null ? null : (
        <div className="note" role="status">
          <p className="note-title">Copy the link now. It cannot be shown again.</p>
          <p>
            <code>{address}</code> <Copy text={address} />
          </p>
        </div>
      )}
      {valid.length === 0 ? null : (
        <ul aria-label="Links">
          {valid.map((share) => (
            <li key={share.id}>
              Link {share.id}, until <time dateTime={share.expires_at}>{new Date(share.expires_at).toLocaleDateString()}</time>{" "}
              <button type="button" className="quiet" aria-label={`Revoke link ${share.id}`} onClick={() => revoke.mutate(share.id)}>
                Revoke
              </button>
            </li>
          ))}
        </ul>
      )}
      {error === null ? null : <ErrorNote error={error} />}
      <div className="dialog-foot">
        <button type="button" onClick={onClose}>
          Close
        </button>
        <button type="button" className="primary" disabled={create.isPending} onClick={() => create.mutate(days)}>
          Create link
        </button>
      </div>
    </Dialog>
  );
}
