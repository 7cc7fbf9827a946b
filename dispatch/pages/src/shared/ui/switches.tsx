import { type Key, t } from "../i18n";
import type { Theme } from "../theme";
import { Icon, type IconName } from "./icon";
import type { Looks } from "./looks";

const THEME: Readonly<Record<Theme, { icon: IconName; label: Key }>> = {
  auto: { icon: "system", label: "theme.auto" },
  light: { icon: "light", label: "theme.light" },
  dark: { icon: "dark", label: "theme.dark" },
};

/** The two switches that every page has: language and theme. */
export function Switches({ looks }: { looks: Looks }) {
  const { icon, label } = THEME[looks.theme];
  return (
    <span class="switches">
      <button type="button" class="icon-button" title={t("lang.switch.title")} onClick={looks.switchLang}>
        {t("lang.switch")}
      </button>
      <button type="button" class="icon-button" title={t(label)} aria-label={t(label)} onClick={looks.switchTheme}>
        <Icon name={icon} />
      </button>
    </span>
  );
}
