import type { Plugin } from "vite";

const PAGE = "track.html";
const FIRST = '<meta charset="utf-8" />';
const SCRIPT = "track-early";

/** Lets the shopper's page open its link before anything else: a small script in front of the page's own. */
export const earlyScript: Plugin = {
  name: "early-script",
  enforce: "post",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle, path }) {
      if (!bundle || !path.endsWith(PAGE)) return html;
      const script = Object.values(bundle).find((file) => file.type === "chunk" && file.name === SCRIPT);
      if (script?.type !== "chunk" || script.imports.length > 0) throw new Error("The early script must be one file.");
      return html.replace(
        FIRST,
        `${FIRST}\n    <script type="module" async crossorigin src="/${script.fileName}"></script>`,
      );
    },
  },
};
