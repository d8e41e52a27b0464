import { NavLink } from "react-router";
import { useSession, useSignIn } from "../api/operation";

/** Who is signed in, where the service requires it; the way to the tokens for an admin, and the way out. */
export function Account() {
  const session = useSession().data;
  const { signOut } = useSignIn();
  if (!session?.required || session.study || session.name === null || session.name === undefined) return null;
  return (
    <>
      {session.role === "admin" ? (
        <NavLink to="/access" className="quiet">
          Access
        </NavLink>
      ) : null}
      <button
        type="button"
        className="quiet"
        title={`Signed in as ${session.name}, ${session.role}`}
        onClick={() => signOut.mutate()}
      >
        Sign out
      </button>
    </>
  );
}
