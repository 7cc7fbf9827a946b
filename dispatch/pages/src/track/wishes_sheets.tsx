import { useEffect, useId, useState } from "preact/hooks";
import { draftOf, keepDraft } from "../shared/drafts";
import type { Outcome } from "../shared/http";
import { t } from "../shared/i18n";
import type { DepotView, OrderView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { soonWords, type Window, windowChoices, windowKey, windowWords } from "../shared/windows";
import { Sheet, SheetFoot, SheetForm, useSending } from "./sheet";
import { mayWish, problemWords, standing } from "./wishes";
import { type Wishes, windowsIn } from "./wishes_api";

export interface WishProps {
  order: OrderView;
  now_ms: number;
  wishes: Wishes;
  onDone(outcome: Outcome): void;
  onClose(): void;
}

interface ModeSheetProps extends WishProps {
  kind: "pickup" | "bring";
  /** Where it is fetched. */
  depot: DepotView | null;
}

const MAX_NOTE = 500;

/** What the courier reads at the door, and whether it may be left there. */
export function NoteSheet({ order, now_ms, wishes, onDone, onClose }: WishProps) {
  const id = useId();
  const draft = `track.note.${order.id}`;
  const [note, setNote] = useState(() => draftOf(draft) || order.note || "");
  const [door, setDoor] = useState(order.leave_at_door ?? false);
  const sending = useSending(order.wish_version ?? 0, (outcome) => {
    keepDraft(draft, "");
    onDone(outcome);
  });
  const write = (next: string) => {
    setNote(next);
    keepDraft(draft, next);
  };
  const mayLeave = mayWish(order, "door") || door;
  const submit = () =>
    sending.send(
      (key, seen_version) => wishes.instructions({ note, leave_at_door: door, seen_version }, key),
      `${door} ${note}`,
    );
  return (
    <Sheet title={t("wish.note")} onClose={onClose}>
      <SheetForm onSubmit={submit}>
        <label class="sheet-label" for={id}>
          {t("wish.note.label")}
        </label>
        <textarea
          id={id}
          rows={3}
          maxLength={MAX_NOTE}
          placeholder={t("wish.note.hint")}
          value={note}
          onInput={(event) => write(event.currentTarget.value)}
        />
        <p class="wish-phrases">
          {(["wish.note.ring", "wish.note.call", "wish.note.quiet"] as const).map((phrase) => (
            <button
              key={phrase}
              type="button"
              class="chip"
              onClick={() => write([note.trim(), t(phrase)].filter(Boolean).join(" ").slice(0, MAX_NOTE))}
            >
              {t(phrase)}
            </button>
          ))}
        </p>
        <label class={`wish-switch ${mayLeave ? "" : "off"}`}>
          <input
            type="checkbox"
            checked={door}
            disabled={!mayLeave}
            onChange={(event) => setDoor(event.currentTarget.checked)}
          />
          <span>
            <strong>{t("wish.door")}</strong>
            <small>{t(mayLeave ? "wish.door.note" : "wish.door.not")}</small>
          </span>
        </label>
        <SheetFoot
          sending={sending}
          save={t("wish.note.save")}
          now={standing(order, "note", now_ms)}
          onBack={onClose}
        />
      </SheetForm>
    </Sheet>
  );
}

/** When it comes: as soon as possible, or one of the windows that are possible now. */
export function WindowSheet({ order, now_ms, wishes, onDone, onClose }: WishProps) {
  const name = useId();
  const [loaded, setLoaded] = useState<Outcome | null>(null);
  const [chosen, setChosen] = useState<Window | null>(null);
  const sending = useSending(order.wish_version ?? 0, onDone);
  const load = async () => {
    setLoaded(null);
    setLoaded(await wishes.windows());
  };
  useEffect(() => void load(), []);
  const submit = async () => {
    if (chosen) {
      await sending.send((key, seen_version) => wishes.window({ ...chosen, seen_version }, key), windowKey(chosen));
    }
  };
  const found = loaded && windowsIn(loaded);
  return (
    <Sheet title={t("wish.window.choose")} onClose={onClose}>
      <SheetForm onSubmit={submit}>
        {!loaded && <WindowSkeleton />}
        {loaded && !found && <LoadFailed outcome={loaded} onRetry={() => void load()} />}
        {found && (
          <fieldset class="wish-windows">
            <legend class="visually-hidden">{t("wish.window.choose")}</legend>
            {windowChoices(found, order).map((window) => (
              <label key={windowKey(window)} class="wish-window">
                <input
                  type="radio"
                  name={name}
                  value={windowKey(window)}
                  checked={chosen !== null && windowKey(window) === windowKey(chosen)}
                  onChange={() => {
                    setChosen(window);
                    sending.clear();
                  }}
                />
                <span>{window.earliest_at_ms ? windowWords(window, now_ms) : soonWords(window, now_ms)}</span>
              </label>
            ))}
            {found.windows.length === 0 && <p class="faint">{t("wish.window.none")}</p>}
          </fieldset>
        )}
        <SheetFoot
          sending={sending}
          save={t("wish.window.save")}
          now={standing(order, "window", now_ms)}
          disabled={!chosen}
          onBack={onClose}
        />
      </SheetForm>
    </Sheet>
  );
}

function WindowSkeleton() {
  return (
    <div class="wish-windows" aria-hidden="true">
      {[0, 1, 2, 3].map((n) => (
        <div key={n} class="skeleton wish-skeleton" />
      ))}
    </div>
  );
}

function LoadFailed({ outcome, onRetry }: { outcome: Outcome; onRetry(): void }) {
  const again = outcome.kind === "unreachable" || outcome.kind === "done";
  return (
    <div class="sheet-alert" role="alert">
      <Icon name="alert" />
      <span>{again ? t("wish.failed") : problemWords(outcome)}</span>
      {again && (
        <button type="button" class="button" onClick={onRetry}>
          {t("wish.retry")}
        </button>
      )}
    </div>
  );
}

/** Fetching it oneself, or having it brought after all: what that means, and back again. */
export function ModeSheet({ kind, order, depot, now_ms, wishes, onDone, onClose }: ModeSheetProps) {
  const sending = useSending(order.wish_version ?? 0, onDone);
  const mode = kind === "pickup" ? "self_pickup" : "delivery";
  const submit = () => sending.send((key, seen_version) => wishes.mode({ mode, seen_version }, key), mode);
  const where = { depot: depot?.name ?? "", address: depot?.address || depot?.name || "" };
  return (
    <Sheet title={t(`wish.${kind}`)} onClose={onClose}>
      <SheetForm onSubmit={submit}>
        <p>{t(`wish.${kind}.what`, where)}</p>
        {kind === "pickup" && <p class="faint">{t("wish.pickup.code")}</p>}
        <SheetFoot
          sending={sending}
          save={t(`wish.${kind}.do`)}
          now={standing(order, "address", now_ms)}
          back={t(`wish.${kind}.back`)}
          onBack={onClose}
        />
      </SheetForm>
    </Sheet>
  );
}

/** The end, with what it means. */
export function CancelSheet({ order, now_ms, wishes, onDone, onClose }: WishProps) {
  const sending = useSending(order.wish_version ?? 0, onDone);
  const submit = () => sending.send((key, seen_version) => wishes.cancel({ seen_version }, key), "cancel");
  return (
    <Sheet title={t("wish.cancel")} onClose={onClose}>
      <SheetForm onSubmit={submit}>
        <p>{t("wish.cancel.what")}</p>
        <p class="faint">{t("wish.cancel.money")}</p>
        <SheetFoot
          sending={sending}
          save={t("wish.cancel.do")}
          now={standing(order, "note", now_ms)}
          back={t("wish.cancel.back")}
          danger
          onBack={onClose}
        />
      </SheetForm>
    </Sheet>
  );
}
