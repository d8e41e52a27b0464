import { useState } from "react";
import { CHANGES_PER_PAGE, type Role, useChangeLog, useTokenChanges, useTokens } from "../../api/operation";
import { counted } from "../../lib/words";
import { useAddress } from "../../state/address";
import { Confirm } from "../../ui/controls/Confirm";
import { Copy } from "../../ui/controls/Copy";
import { Field } from "../../ui/controls/Field";
import "../../ui/controls/Form.css";
import { Pager } from "../../ui/controls/Pager";
import { When } from "../../ui/marks/Value";
import { Empty, ErrorNote } from "../../ui/notes/Notes";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { TableScroll } from "../../ui/notes/TableScroll";

const ROLES: { role: Role; may: string }[] = [
  { role: "viewer", may: "Viewer: reads everything" },
  { role: "member", may: "Member: also submits and changes studies" },
  { role: "admin", may: "Admin: also manages tokens and reads the log" },
  { role: "logger", may: "Logger: only sends studies trained elsewhere" },
];

/** Who may use the service, and what was changed by whom. */
export default function AccessPage() {
  return (
    <div className="page">
      <PageHead title="Access" />
      <NewToken />
      <Tokens />
      <ChangeLog />
    </div>
  );
}

function NewToken() {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("member");
  const { create } = useTokenChanges();
  return (
    <section aria-labelledby="new-token">
      <h2 id="new-token">New token</h2>
      <form
        className="form-stack"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ name: name.trim(), role }, { onSuccess: () => setName("") });
        }}
      >
        <Field label="Name" help="A person or a program, such as ada or ci.">
          {(ids) => <input {...ids} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Role">
          {(ids) => (
            <select {...ids} value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {ROLES.map(({ role: value, may }) => (
                <option key={value} value={value}>
                  {may}
                </option>
              ))}
            </select>
          )}
        </Field>
        <button type="submit" className="primary" disabled={create.isPending}>
          Create token
        </button>
      </form>
      {create.error === null ? null : <ErrorNote error={create.error} />}
      {create.data === undefined ? null : (
        <div className="note" role="status">
          <p className="note-title">Token of {create.data.name}: copy it now. It cannot be shown again.</p>
          <p>
            <code>{create.data.token}</code> <Copy text={create.data.token} />
          </p>
        </div>
      )}
    </section>
  );
}

function Tokens() {
  const query = useTokens();
  const { revoke } = useTokenChanges();
  const [ending, setEnding] = useState<string | null>(null);
  return (
    <section aria-labelledby="tokens">
      <h2 id="tokens">Tokens</h2>
      <Waiting query={query} what="tokens" height={120}>
        {(tokens) => tokens.length === 0 ? (
          <Empty title="No tokens yet">Each person or program that uses this service over a network gets a token of its own.</Empty>
        ) : (
          <TableScroll>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Role</th>
                  <th scope="col">Created</th>
                  <th scope="col">Last used</th>
                  <th scope="col">State</th>
                </tr>
              </thead>
              <tbody>
                {tokens.map((token) => (
                  <tr key={token.name}>
                    <td>
                      <bdi>{token.name}</bdi>
                    </td>
                    <td>{token.role}</td>
                    <td className="nowrap">
                      <When at={token.created_at} />
                    </td>
                    <td className="nowrap">{token.used_at ? <When at={token.used_at} /> : "Never"}</td>
                    <td className="nowrap">
                      {token.revoked_at ? (
                        "Revoked"
                      ) : (
                        <button type="button" className="quiet" aria-label={`Revoke ${token.name}`} onClick={() => setEnding(token.name)}>
                          Revoke
                        </button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        )}
      </Waiting>
      {ending === null ? null : (
        <Confirm
          title={`Revoke the token of ${ending}?`}
          action="Revoke"
          danger
          onClose={() => setEnding(null)}
          onConfirm={() => revoke.mutateAsync(ending)}
        >
          It is refused from now on, in browsers that are signed in with it too. This cannot be undone.
        </Confirm>
      )}
    </section>
  );
}

function ChangeLog() {
  const address = useAddress();
  const query = useChangeLog(Math.max(1, Number(address.get("page")) || 1));
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">Changes</h2>
      <Waiting query={query} what="the log of changes" height={200}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="No changes yet">Requests that change something are listed here, refused ones too.</Empty>
          ) : (
            <>
              <TableScroll>
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">When</th>
                      <th scope="col">Token</th>
                      <th scope="col">Request</th>
                      <th scope="col">Result</th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.items.map((change, at) => (
                      <tr key={`${change.at} ${at}`}>
                        <td className="nowrap">
                          <When at={change.at} />
                        </td>
                        <td>
                          <bdi>{change.name}</bdi> ({change.role})
                        </td>
                        <td>
                          <code>
                            {change.method} {change.path}
                          </code>
                        </td>
                        <td className="nowrap">
                          {change.status < 400 ? "Done" : "Refused"} ({change.status})
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </TableScroll>
              <Pager page={page.page} perPage={CHANGES_PER_PAGE} total={page.total} told={counted(page.total, "change")} />
            </>
          )
        }
      </Waiting>
    </section>
  );
}
