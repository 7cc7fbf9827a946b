import { useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { currentLang, t } from "../shared/i18n";
import { phaseOf } from "../shared/order";
import type { OrderView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { look, type Outcome, signOff, signUp, support, tellLanguage } from "./push_client";

type State = Outcome | { kind: "looking" } | { kind: "busy" };

/** Lets the shopper be told of changes while the page is closed; shown where the browser can do it, or could. */
export function PushOptIn({ order, token }: { order: OrderView; token: string }) {
  const able = support(window as never);
  const phase = phaseOf(order);
  if (able === "no" || phase === "done" || phase === "canceled" || order.status === "returned") return null;
  return (
    <section class="push" aria-label={t("push.ask")}>
      {able === "install" ? <Note>{t("push.install")}</Note> : <Asking orderId={order.id} token={token} />}
    </section>
  );
}

function Asking({ orderId, token }: { orderId: string; token: string }) {
  const [state, setState] = useState<State>({ kind: "looking" });
  useEffect(() => {
    look(token, orderId).then(setState, () => setState({ kind: "off" }));
  }, [token, orderId]);
  useLanguage(state.kind === "on" ? token : "");
  const change = async (how: typeof signUp) => {
    setState({ kind: "busy" });
    setState(await how(token, orderId));
  };
  if (state.kind === "looking") return null;
  if (state.kind === "denied") return <Note>{t("push.denied")}</Note>;
  if (state.kind === "on")
    return (
      <div class="push-row" role="status">
        <span class="push-on">
          <Icon name="check" />
          {t("push.on")}
        </span>
        <button type="button" class="button" onClick={() => void change(signOff)}>
          {t("push.stop")}
        </button>
      </div>
    );
  const busy = state.kind === "busy";
  return (
    <>
      <button type="button" class="button push-ask" disabled={busy} onClick={() => void change(signUp)}>
        <Icon name="bell" />
        {t(busy ? "push.busy" : "push.ask")}
      </button>
      {state.kind === "failed" ? (
        <p class="push-failed" role="alert">
          {words(state.refusal)}
        </p>
      ) : (
        <p class="faint">{t("push.ask.note")}</p>
      )}
    </>
  );
}

/** Notices come in the language that the reader chose last; `token` is empty while there are none. */
function useLanguage(token: string): void {
  const lang = currentLang();
  const told = useRef(lang);
  useEffect(() => {
    if (!token || told.current === lang) return;
    told.current = lang;
    void tellLanguage(token);
  }, [token, lang]);
}

function words({ code, detail }: Refusal): string {
  if (code === "browser") return t("push.failed");
  return code === "offline" ? t("push.offline") : t("push.refused", { detail: detail || code });
}

function Note({ children }: { children: string }) {
  return (
    <p class="push-note">
      <Icon name="bell" />
      <span>{children}</span>
    </p>
  );
}
