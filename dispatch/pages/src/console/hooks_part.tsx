import { useCallback, useEffect, useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import type { Outcome } from "./api";
import { HookForm } from "./hook_form";
import { MessageRows } from "./message_rows";
import {
  changeWebhook,
  dropWebhook,
  fetchDeliveries,
  fetchWebhooks,
  logState,
  rotateSecret,
  type SentMessage,
  sendReplay,
  type Webhook,
} from "./messages_api";
import { Once } from "./once";
import { problemWords } from "./problem_words";
import type { PartProps } from "./settings_dialog";
import { Waiting } from "./settings_parts";
import { Alert } from "./signin";

/** What is open: nothing, the form of a new one, or something about one of them. */
type Open = { id: string; what: "new" | "edit" | "sent" | "rotate" | "remove" } | null;

/** Where programs listen: every account's webhooks, for admins. */
export function HooksPart(props: PartProps) {
  const { token, zone } = props;
  const [hooks, setHooks] = useState<readonly Webhook[] | null | false>(null);
  const [open, setOpen] = useState<Open>(null);
  const [secret, setSecret] = useState<{ url: string; secret: string } | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const look = useCallback(() => {
    void fetchWebhooks(token, zone).then((found) => setHooks(found ?? false));
  }, [token, zone]);
  useEffect(look, [look]);
  const show = (next: Open) => {
    setOpen(next);
    setOutcome(null);
  };
  const done = (next: Outcome) => {
    setOutcome(next);
    if (next.kind !== "done") return;
    const told = next.body as { secret?: string; webhook?: Webhook } | undefined;
    if (told?.secret && told.webhook) setSecret({ url: told.webhook.url, secret: told.secret });
    setOpen(null);
    look();
  };
  const wrong = outcome && problemWords(outcome);
  return (
    <section aria-label={t("hooks.title")}>
      <h3>{t("hooks.title")}</h3>
      {secret && <Once told={t("hooks.secret", { url: secret.url })} secret={secret.secret} />}
      {wrong && <Alert>{wrong}</Alert>}
      <Waiting found={hooks} onAgain={look} />
      {hooks && hooks.length === 0 && <p class="faint overrides-none">{t("hooks.none")}</p>}
      {hooks && (
        <ul class="users">
          {hooks.map((hook) => (
            <li key={hook.id} class="user" data-hook={hook.id}>
              <HookLine hook={hook} />
              {open?.id === hook.id ? (
                <Opened hook={hook} what={open.what} {...props} onDone={done} onClose={() => show(null)} />
              ) : (
                <HookActs hook={hook} onOpen={(what) => show({ id: hook.id, what })} {...props} onDone={done} />
              )}
            </li>
          ))}
        </ul>
      )}
      {hooks && open?.what === "new" && (
        <section class="user" aria-label={t("hooks.add")}>
          <HookForm token={token} zone={zone} hook={null} onDone={done} onCancel={() => show(null)} />
        </section>
      )}
      {hooks && open?.what !== "new" && (
        <button type="button" class="button" onClick={() => show({ id: "", what: "new" })}>
          <Icon name="plus" />
          {t("hooks.add")}
        </button>
      )}
    </section>
  );
}

function HookLine({ hook }: { hook: Webhook }) {
  const events = hook.events.map((each) => tCode("messages.event", each)).join(", ");
  return (
    <p class="user-line">
      <strong>{hook.account}</strong>
      <span>{hook.url}</span>
      <span class="faint">{events || t("hooks.all")}</span>
      <span class={`chip ${hook.off ? "at_risk" : "on_time"}`}>
        <Icon name={hook.off ? "pause" : "check"} />
        {hook.off ? tCode("hooks.off", hook.off) : t("hooks.on")}
      </span>
    </p>
  );
}

interface ActsProps extends PartProps {
  hook: Webhook;
  onOpen(what: "edit" | "sent" | "rotate" | "remove"): void;
  onDone(outcome: Outcome): void;
}

const ACTS = ["sent", "edit", "rotate", "remove"] as const;

function HookActs({ hook, token, zone, onOpen, onDone }: ActsProps) {
  const { id, url, events, off } = hook;
  const pause = async () => onDone(await changeWebhook(token, zone, id, { url, events, on: off !== "" }));
  return (
    <div class="actions user-actions">
      {ACTS.map((what) => (
        <button
          key={what}
          type="button"
          class="button"
          aria-label={`${t(`hooks.${what}`)}: ${url}`}
          onClick={() => onOpen(what)}
        >
          {t(`hooks.${what}`)}
        </button>
      ))}
      <button type="button" class="button" onClick={() => void pause()}>
        {t(off ? "hooks.resume" : "hooks.pause")}
      </button>
    </div>
  );
}

interface OpenedProps extends PartProps {
  hook: Webhook;
  what: "new" | "edit" | "sent" | "rotate" | "remove";
  onDone(outcome: Outcome): void;
  onClose(): void;
}

/** A form, what was sent, or what will happen and the way to let it. */
function Opened({ hook, what, onDone, onClose, ...props }: OpenedProps) {
  const { token, zone } = props;
  if (what === "sent") return <Deliveries hook={hook} {...props} onClose={onClose} />;
  if (what === "rotate" || what === "remove") {
    const does = async () => onDone(await (what === "remove" ? dropWebhook : rotateSecret)(token, hook.id));
    return (
      <>
        <p class="effect">{t(`hooks.${what}.sure`)}</p>
        <div class="actions">
          <button
            type="button"
            class={`button ${what === "remove" ? "danger" : "primary"}`}
            onClick={() => void does()}
          >
            {t(`hooks.${what}.yes`)}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {t("staff.users.cancel")}
          </button>
        </div>
      </>
    );
  }
  return <HookForm token={token} zone={zone} hook={hook} onDone={onDone} onCancel={onClose} />;
}

function Deliveries({ hook, token, now_ms, onOrder, onClose }: PartProps & { hook: Webhook; onClose(): void }) {
  const [found, setFound] = useState<readonly SentMessage[] | null | false>(null);
  const look = useCallback(() => {
    void fetchDeliveries(token, hook.id).then((next) => setFound(next ?? false));
  }, [token, hook.id]);
  useEffect(look, [look]);
  const again = {
    label: t("hooks.replay"),
    offered: (message: SentMessage) => logState(message) !== "waiting",
    send: (id: string) => sendReplay(token, id),
  };
  return (
    <div class="user-more">
      <Waiting found={found} onAgain={look} />
      {found && found.length === 0 && <p class="faint overrides-none">{t("hooks.sent.none")}</p>}
      {found && (
        <MessageRows
          messages={found}
          now_ms={now_ms}
          again={again}
          onOrder={onOrder}
          onChanged={(message) => setFound(found.map((each) => (each.id === message.id ? message : each)))}
        />
      )}
      <button type="button" class="button" onClick={onClose}>
        {t("hooks.sent.close")}
      </button>
    </div>
  );
}
