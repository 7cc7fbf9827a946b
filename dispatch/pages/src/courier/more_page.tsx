import { useState } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import type { Theme } from "../shared/theme";
import { useCourier } from "./context";
import { canInstall, install, isInstalled, isIos } from "./install";
import { chooseNavigator, chosenNavigator, NAVIGATORS } from "./navigate";
import { Sign } from "./sign";
import { Choice, Sheet } from "./ui";
import { useVersion } from "./worker";

const THEMES: readonly Theme[] = ["auto", "light", "dark"];

/** What is chosen once: navigation app, language, theme, the home screen; and signing out. */
export function MorePage({ onSignOut }: { onSignOut(): void }) {
  const { account, looks } = useCourier();
  const [navigator, setNavigator] = useState(chosenNavigator);
  const [leaving, setLeaving] = useState(false);
  const version = useVersion();
  return (
    <main class="page">
      <h1 class="page-title">{account.name || t("courier.tab.more")}</h1>
      <section class="card setting">
        <h2>{t("courier.more.navigator")}</h2>
        <Choice
          label={t("courier.more.navigator")}
          options={NAVIGATORS.map((value) => ({ value, text: t(`courier.navigator.${value}`) }))}
          chosen={navigator}
          onChoose={(by) => {
            chooseNavigator(by);
            setNavigator(by);
          }}
        />
      </section>
      <section class="card setting">
        <h2>{t("courier.more.language")}</h2>
        <Choice
          label={t("courier.more.language")}
          options={[
            { value: "zh", text: "中文" },
            { value: "en", text: "English" },
          ]}
          chosen={looks.lang}
          onChoose={(lang) => lang !== looks.lang && looks.switchLang()}
        />
      </section>
      <ThemeSetting />
      <InstallSetting />
      <button type="button" class="quiet-action" onClick={() => setLeaving(true)}>
        <Sign name="out" />
        {t("courier.more.signout")}
      </button>
      {version && <p class="faint centred">{t("courier.more.version", { version })}</p>}
      {leaving && <SignOutSheet onStay={() => setLeaving(false)} onLeave={onSignOut} />}
    </main>
  );
}

function ThemeSetting() {
  const { looks } = useCourier();
  return (
    <section class="card setting">
      <h2>{t("courier.more.theme")}</h2>
      <Choice
        label={t("courier.more.theme")}
        options={THEMES.map((value) => ({ value, text: t(`courier.more.theme.${value}` as Key) }))}
        chosen={looks.theme}
        onChoose={looks.setTheme}
      />
    </section>
  );
}

function InstallSetting() {
  const [ready, setReady] = useState(canInstall());
  if (isInstalled() || (!ready && !isIos())) return null;
  return (
    <section class="card setting">
      <h2>{t("courier.more.install")}</h2>
      <p class="faint">{t(ready ? "courier.more.install.note" : "courier.more.install.ios")}</p>
      {ready && (
        <button type="button" class="side-action wide" onClick={() => install().then(() => setReady(canInstall()))}>
          {t("courier.more.install")}
        </button>
      )}
    </section>
  );
}

/** What would be lost is said before it is. */
function SignOutSheet({ onStay, onLeave }: { onStay(): void; onLeave(): void }) {
  const { queue } = useCourier().status;
  const waiting = queue.actions + queue.uploads;
  return (
    <Sheet title={t("courier.more.signout.ask")} name="sign-out" onClose={onStay}>
      <h2>{t("courier.more.signout.ask")}</h2>
      <p>{t("courier.more.signout.note")}</p>
      {waiting > 0 && (
        <p class="warning" role="alert">
          <Sign name="alert" />
          {t("courier.more.signout.lost", { n: waiting })}
        </p>
      )}
      <div class="offer-actions">
        <button type="button" class="side-action" onClick={onLeave}>
          {t("courier.more.signout.yes")}
        </button>
        <button type="button" class="main-action" onClick={onStay}>
          {t("courier.more.signout.no")}
        </button>
      </div>
    </Sheet>
  );
}
