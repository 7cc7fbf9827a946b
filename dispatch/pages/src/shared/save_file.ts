/** So long a browser may take to begin with the file. */
const KEPT_MS = 60_000;

/** Let the reader keep this as a file: a link with a token in its address would be kept in histories, too. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
