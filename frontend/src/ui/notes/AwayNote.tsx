import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { askAgain } from "../../api/client";
import { connection } from "../../state/connection";
import { useStore } from "../../state/store";

const TRY_MS = 3000;

/** Stands above the page while the service does not answer, and fetches everything again once it does. */
export function AwayNote() {
  const { state, since } = useStore(connection);
  const client = useQueryClient();
  useEffect(() => {
    if (state === "ok") return undefined;
    const timer = setInterval(() => void askAgain(client), TRY_MS);
    return () => clearInterval(timer);
  }, [state, client]);
  if (state === "ok") return null;
  return (
    <p className="away" role="status">
      The service does not answer. This page shows data from {new Date(since).toLocaleTimeString()} and reconnects by itself.
      Nothing is lost.
    </p>
  );
}
