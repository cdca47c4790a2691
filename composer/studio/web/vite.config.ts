import { defineConfig } from "vite";

/** The studio's server, for `npm run dev`: it must have been started with this port and its token. */
const SERVER = "http://127.0.0.1:8765";

export default defineConfig({
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    reportCompressedSize: false,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "editor", test: /codemirror|lezer/ }] } },
    },
  },
  server: { proxy: { "/api": SERVER } },
});
