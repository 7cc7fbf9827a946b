import { defineConfig, type Plugin } from "vite";
import { courierApp } from "./build/courier_app";
import { earlyScript } from "./build/early_script";

/** Writes a `.gz` beside every file of the build that it makes smaller: the server only picks one of the two. */
const compressed: Plugin = {
  name: "compressed",
  enforce: "post",
  generateBundle: {
    order: "post", // after Vite's own last touch, which fills in what the chunks have to load
    async handler(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const source = (file.type === "chunk" ? file.code : file.source) as string | Uint8Array<ArrayBuffer>;
        const whole = new Blob([source]);
        const packed = await new Response(whole.stream().pipeThrough(new CompressionStream("gzip"))).bytes();
        if (packed.length < whole.size)
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: packed });
      }
    },
  },
};

/** Six static pages with hashed assets, served by the Python server from `dispatch/web/static`. */
export default defineConfig({
  base: "/",
  plugins: [courierApp, earlyScript, compressed],
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
    rolldownOptions: {
      input: {
        track: "track.html",
        "track-early": "src/track/early.ts",
        "track-sw": "src/track/sw.ts",
        lookup: "lookup.html",
        leader: "leader.html",
        distributor: "distributor.html",
        console: "console.html",
        courier: "courier.html",
        "courier-sw": "src/courier/sw.ts",
      },
      // A worker's scope is above its folder's only when it lies at the root; browsers know it by its plain name.
      output: { entryFileNames: ({ name }) => (name.endsWith("-sw") ? "[name].js" : "assets/[name]-[hash].js") },
    },
  },
});
