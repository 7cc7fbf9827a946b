import type { Plugin, Rolldown } from "vite";
import { drawIcon } from "./icons";

type Bundle = Rolldown.OutputBundle;
type Chunk = Rolldown.OutputChunk & { viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> } };

const ICONS = [
  { file: "courier-icons/180.png", px: 180, maskable: true },
  { file: "courier-icons/192.png", px: 192, maskable: false },
  { file: "courier-icons/512.png", px: 512, maskable: false },
  { file: "courier-icons/maskable-512.png", px: 512, maskable: true },
] as const;
const MANIFEST = "courier.webmanifest";
const WORKER = "courier-sw.js";
const PAGE = "courier.html";

/** What a phone needs to know to put the app on its home screen. */
const manifest = {
  id: "/courier",
  name: "Dispatch Courier",
  short_name: "Courier",
  description: "Offers, stops and proofs of delivery for couriers; works without a network.",
  lang: "en",
  dir: "ltr",
  start_url: "/courier",
  scope: "/courier",
  display: "standalone",
  orientation: "portrait",
  background_color: "#ffffff",
  theme_color: "#0b6e66",
  categories: ["business", "navigation"],
  icons: ICONS.map(({ file, px, maskable }) => ({
    src: `/${file}`,
    sizes: `${px}x${px}`,
    type: "image/png",
    purpose: maskable ? "maskable" : "any",
  })),
};

/** Makes the courier page an app: its manifest, its icons, and a worker that knows every file of this build. */
export const courierApp: Plugin = {
  name: "courier-app",
  enforce: "post",
  generateBundle: {
    order: "post", // when pages and chunks are as they will be served
    async handler(_options, bundle) {
      this.emitFile({ type: "asset", fileName: MANIFEST, source: JSON.stringify(manifest) });
      for (const icon of ICONS) {
        this.emitFile({ type: "asset", fileName: icon.file, source: await drawIcon(icon) });
      }
      const worker = bundle[WORKER];
      if (worker?.type !== "chunk" || worker.imports.length > 0) throw new Error("The worker must be one script.");
      const files = ["/courier", `/${MANIFEST}`, ...ICONS.map(({ file }) => `/${file}`), ...shellFiles(bundle)];
      worker.code = `self.SHELL=${JSON.stringify({ version: await versionOf(bundle, files), files })};${worker.code}`;
    },
  },
};

/** Every file that the page loads, now or later: its scripts, their style sheets, the map and its worker. */
function shellFiles(bundle: Bundle): string[] {
  const page = textOf(bundle[PAGE]);
  const found = new Set([...page.matchAll(/\/(assets\/[\w.-]+)/g)].map(([, name]) => name as string));
  for (const name of found) {
    const file = bundle[name] as Chunk | undefined;
    if (file?.type !== "chunk") continue;
    const { importedCss = [], importedAssets = [] } = file.viteMetadata ?? {};
    for (const more of [...file.imports, ...file.dynamicImports, ...importedCss, ...importedAssets]) found.add(more);
  }
  return [...found].sort().map((name) => `/${name}`);
}

/** Changes with every file: names carry a hash of what is in them, the page's own text is looked at. */
async function versionOf(bundle: Bundle, files: readonly string[]): Promise<string> {
  const text = [...files, textOf(bundle[PAGE]), JSON.stringify(manifest)].join("\n");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function textOf(file: Rolldown.OutputAsset | Rolldown.OutputChunk | undefined): string {
  if (file?.type !== "asset") throw new Error("The courier's page is not in the build.");
  return typeof file.source === "string" ? file.source : new TextDecoder().decode(file.source);
}
