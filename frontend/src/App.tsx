import { useQuery } from "@tanstack/react-query";
import { api } from "./api/client";

async function fetchHealth(): Promise<string> {
  const { data, error } = await api.GET("/api/v1/health");
  if (error !== undefined || data === undefined) throw new Error("The service does not answer.");
  return data.status;
}

export function App() {
  const health = useQuery({ queryKey: ["health"], queryFn: fetchHealth });
  return (
    <main>
      <h1>Seedspread</h1>
      <p role="status">{health.data ?? health.error?.message ?? "Asking the service …"}</p>
    </main>
  );
}
