import { useEffect, useState } from "preact/hooks";
import { currentLang, type Lang, setLang } from "../i18n";
import { applyTheme, nextTheme, onSystemShade, type Shade, shadeOf, storedTheme, type Theme } from "../theme";

/** The reader's language and theme, and how to change them. Both are remembered on the device. */
export interface Looks {
  lang: Lang;
  theme: Theme;
  shade: Shade;
  switchLang(): void;
  switchTheme(): void;
  setTheme(theme: Theme): void;
}

export function useLooks(): Looks {
  const [lang, showLang] = useState(currentLang());
  const [theme, showTheme] = useState(storedTheme());
  const [shade, showShade] = useState(shadeOf(theme));
  useEffect(() => onSystemShade(() => showShade(shadeOf(storedTheme()))), []);
  const setTheme = (next: Theme) => {
    applyTheme(next);
    showTheme(next);
    showShade(shadeOf(next));
  };
  return {
    lang,
    theme,
    shade,
    switchLang() {
      const next = lang === "en" ? "zh" : "en";
      setLang(next);
      showLang(next);
    },
    switchTheme: () => setTheme(nextTheme(theme)),
    setTheme,
  };
}
