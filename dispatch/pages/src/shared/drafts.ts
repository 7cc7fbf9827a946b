/** What was typed and not sent yet. It lasts as long as the tab, over a reload, and no longer. */
const PREFIX = "dispatch.draft.";

export function draftOf(name: string): string {
  try {
    return sessionStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(name: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(PREFIX + name, text);
    else sessionStorage.removeItem(PREFIX + name);
  } catch {
    // Without storage the text lasts as long as the page.
  }
}
