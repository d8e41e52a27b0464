import { useEffect, useRef, useState } from "react";
import { useSignIn } from "../api/operation";
import { Field } from "../ui/controls/Field";
import "../ui/controls/Form.css";
import { ErrorNote } from "../ui/notes/Notes";

/** Stands in for every page while the service requires a token and this browser has none. */
export function SignIn() {
  const [token, setToken] = useState("");
  const { signIn } = useSignIn();
  const field = useRef<HTMLInputElement>(null);
  // The form stands in for a page that was asked for: the only thing to do here is to type.
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      className="form-stack sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate(token.trim());
      }}
    >
      <h1>Sign in</h1>
      <Field label="Token" help="Whoever runs this service creates one: seedspread token create NAME --role member">
        {(ids) => (
          <input
            {...ids}
            type="password"
            autoComplete="current-password"
            ref={field}
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        )}
      </Field>
      {signIn.error === null ? null : <ErrorNote error={signIn.error} />}
      <button type="submit" className="primary" disabled={signIn.isPending}>
        Sign in
      </button>
    </form>
  );
}
