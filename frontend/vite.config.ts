import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where `npm run dev` finds the service; the built page is served by the service itself.
const service = process.env["SEEDSPREAD_URL"] ?? "http://127.0.0.1:8321";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/api": service } },
  build: {
    outDir: "../backend/seedspread/static",
    emptyOutDir: true,
    // The licences of what the page is bundled from travel with it, in the wheel too.
    license: { fileName: "licenses.md" },
    // Plotly is one lazy chunk of its own: 1.4 MB, loaded by the first page that draws.
    chunkSizeWarningLimit: 1600,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
