import { defineConfig } from "vitest/config";

/** The pure parts are tested in Node; what needs a browser is tested in a real one, by tests/pages. */
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    isolate: false,
    unstubGlobals: true,
    setupFiles: ["src/shared/testing/texts.ts"],
  },
});
