import { defineConfig } from "vite";

/** Two static pages with hashed assets, served by the Python server from `dispatch/web/static`. */
export default defineConfig({
  base: "/",
  // MapLibre ships its worker as one finished module: it is copied as it is, under a hashed name.
  assetsInclude: [],
  build: {
    outDir: "../web/static",
    emptyOutDir: true,
    target: ["es2022", "chrome107", "safari16", "firefox110"],
    // Nothing is inlined: the pages' CSP allows no data: and no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1300,
    rolldownOptions: { input: { track: "track.html", console: "console.html" } },
  },
});
