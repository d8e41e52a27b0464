import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Where `npm run dev` finds the service; the built page is served by the service itself.
const service = process.env["SEEDSPREAD_URL"] ?? "http://127.0.0.1:8321";

/** The viewer of the API's description, for /api/docs, with its licences: the service has it from nowhere else. */
function apiDocs(): Plugin {
  const names = ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE", "NOTICE"];
  return {
    name: "api-docs",
    apply: "build",
    generateBundle() {
      for (const name of names) {
        const source = readFileSync(join(import.meta.dirname, "node_modules/swagger-ui-dist", name));
        this.emitFile({ type: "asset", fileName: `api-docs/${name}`, source });
      }
    },
  };
}

/** Every text of some length once more as `.gz`, so that the service has nothing to compress when it is asked. */
function precompressed(): Plugin {
  const leastBytes = 1024;
  return {
    name: "precompressed",
    apply: "build",
    writeBundle({ dir }) {
      if (dir === undefined) return;
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(?:js|css|svg|md)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const text = readFileSync(path);
        if (text.length >= leastBytes) writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), apiDocs(), precompressed()],
  server: { proxy: { "/api": service } },
  build: {
    outDir: "../backend/seedspread/static",
    emptyOutDir: true,
    // The licences of what the page is bundled from travel with it, in the wheel too.
    license: { fileName: "licenses.md" },
    // Plotly is one lazy chunk of its own: 1.4 MB, loaded by the first page that draws.
    chunkSizeWarningLimit: 1600,
    // Every browser that the page supports preloads modules by itself.
    modulePreload: { polyfill: false },
    // Small modules that several pages share compress better in one file, and cost one request instead of a dozen.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "common", test: /src\/(?:lib|api|ui|state)\//, minShareCount: 2 }] } },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
