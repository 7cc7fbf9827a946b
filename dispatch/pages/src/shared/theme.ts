export type Theme = "auto" | "light" | "dark";
export type Shade = "light" | "dark";

const REMEMBERED = "dispatch.theme";
const NEXT: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };

/** What the reader chose; "auto" follows the system. */
export function storedTheme(): Theme {
  try {
    const found = localStorage.getItem(REMEMBERED);
    return found === "light" || found === "dark" ? found : "auto";
  } catch {
    return "auto";
  }
}

export function applyTheme(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(REMEMBERED, theme);
  } catch {
    // Private windows may refuse storage: the choice then lasts as long as the page.
  }
}

export function nextTheme(theme: Theme): Theme {
  return NEXT[theme];
}

/** What is to be drawn now. */
export function shadeOf(theme: Theme): Shade {
  if (theme !== "auto") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Calls back when the system changes between light and dark. */
export function onSystemShade(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
