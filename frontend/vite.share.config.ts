import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The explorer of shared files: one script and one style sheet, which the service writes into each of them. */
export default defineConfig({
  plugins: [react()],
  publicDir: false,
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  resolve: { alias: { "plotly.js-cartesian-dist-min": join(import.meta.dirname, "src/share/plotly.ts") } },
  build: {
    outDir: "../backend/seedspread/static/explorer",
    emptyOutDir: true,
    lib: { entry: "src/share/main.tsx", formats: ["iife"], name: "explorer", fileName: () => "explorer.js", cssFileName: "explorer" },
  },
});
