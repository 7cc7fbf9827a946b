import { useEffect, useId, useRef, useState } from "preact/hooks";
import { clockTime } from "../shared/format";
import type { Outcome } from "../shared/http";
import { type Key, t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { Sheet, SheetFoot, SheetForm, useSending } from "./sheet";
import { type AddressEffect, arrivalWords, type FoundAddress, moveWords, problemWords, standing } from "./wishes";
import { effectIn, type NewAddress, type Place, type Wishes } from "./wishes_api";
import { PinMap } from "./wishes_map";
import { SavedAddresses } from "./wishes_saved";
import type { WishProps } from "./wishes_sheets";

/** So long nothing is typed before it is looked for. */
const TYPED_MS = 250;

/** Where it goes instead: found by what is typed, or by the map; its effect is shown before it can be chosen. */
export function AddressSheet({ order, now_ms, wishes, looks, onDone, onClose }: WishProps & { looks: Looks }) {
  const [chosen, setChosen] = useState<NewAddress | null>(null);
  const { effect, look } = useEffectOf(chosen, wishes);
  const sending = useSending(order.wish_version ?? 0, onDone);
  const choose = (next: NewAddress | null) => {
    setChosen(next);
    sending.clear();
  };
  const known = effect && effectIn(effect);
  const submit = async () => {
    if (!chosen || !known) return;
    const { expected_at_ms } = known;
    await sending.send(
      (key, seen_version) => wishes.address({ ...chosen, expected_at_ms, seen_version }, key),
      `${chosen.lat} ${chosen.lon} ${chosen.address}`,
    );
  };
  const { state } = sending;
  const changed = state !== null && state !== "sending" && state.kind === "refused" && state.code === "effect_changed";
  useEffect(() => {
    if (changed) look();
  }, [changed]);
  return (
    <Sheet title={t("wish.address")} onClose={onClose}>
      <SheetForm onSubmit={submit}>
        <Finder order={order} wishes={wishes} chosen={chosen} looks={looks} onChoose={choose} />
        {chosen && <Effect effect={effect} order={order} onRetry={look} />}
        <SheetFoot
          sending={sending}
          save={t("wish.address.save")}
          now={standing(order, "address", now_ms)}
          disabled={!known}
          onBack={onClose}
        />
      </SheetForm>
    </Sheet>
  );
}

/** What the chosen address does, looked up anew for each; an answer for one that was left is dropped. */
function useEffectOf(chosen: NewAddress | null, wishes: Wishes): { effect: Outcome | null; look(): void } {
  const [effect, setEffect] = useState<Outcome | null>(null);
  const asked = useRef(0);
  const look = () => {
    asked.current += 1;
    const mine = asked.current;
    setEffect(null);
    if (!chosen) return;
    void wishes.effectOf(chosen).then((outcome) => mine === asked.current && setEffect(outcome));
  };
  useEffect(look, [chosen?.lat, chosen?.lon, chosen?.address]);
  return { effect, look };
}

interface FinderProps {
  order: OrderView;
  wishes: Wishes;
  chosen: NewAddress | null;
  looks: Looks;
  onChoose(next: NewAddress | null): void;
}

/** What is typed, the addresses that fit it, and the map. What is chosen from the list moves the map, and back. */
function Finder({ order, wishes, chosen, looks, onChoose }: FinderProps) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [pin, setPin] = useState<Place | null>(null);
  const [found, setFound] = useState<readonly FoundAddress[] | "searching" | null>(null);
  const latest = useRef(0);
  const searches = typed.trim() !== "" && !(chosen && chosen.address === typed);
  useEffect(() => {
    latest.current += 1;
    const mine = latest.current;
    if (!searches || pin) {
      setFound(null);
      return;
    }
    setFound("searching");
    const timer = setTimeout(async () => {
      const addresses = await wishes.find(typed);
      if (mine === latest.current) setFound(addresses ?? []);
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed, searches, pin]);
  const pick = ({ address, lat, lon }: NewAddress) => {
    setPin(null);
    setTyped(address);
    onChoose({ address, lat, lon });
  };
  const write = (text: string) => {
    setTyped(text);
    // By the pin the place is known, and people may call it as they like; else other words mean another place.
    onChoose(pin && text.trim() ? { ...pin, address: text.trim() } : null);
  };
  const place = async (there: Place) => {
    setPin(there);
    const near = await wishes.nearest(there);
    const address = near?.address ?? typed.trim();
    setTyped(address);
    onChoose(address ? { ...there, address } : null);
  };
  return (
    <>
      <label class="sheet-label" for={id}>
        {t("wish.address.search")}
      </label>
      <input
        id={id}
        class="sheet-input"
        type="search"
        enterkeyhint="search"
        autocomplete="off"
        maxLength={100}
        placeholder={t("wish.address.hint")}
        value={typed}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !Array.isArray(found) || !found[0]) return;
          event.preventDefault();
          pick(found[0] as FoundAddress);
        }}
      />
      {!typed.trim() && !chosen && <SavedAddresses onPick={pick} />}
      <Found found={found} onPick={pick} />
      <PinMap place={chosen ?? order} looks={looks} onPin={(there) => void place(there)} />
    </>
  );
}

function Found({
  found,
  onPick,
}: {
  found: readonly FoundAddress[] | "searching" | null;
  onPick(a: FoundAddress): void;
}) {
  return (
    <div role="status">
      {found === "searching" && <p class="faint">{t("wish.address.searching")}</p>}
      {Array.isArray(found) && found.length === 0 && <p class="faint">{t("wish.address.none")}</p>}
      {Array.isArray(found) && found.length > 0 && (
        <ul class="wish-found" aria-label={t("wish.address.found")}>
          {found.map((each: FoundAddress) => (
            <li key={`${each.address}${each.lat}`}>
              <button type="button" onClick={() => onPick(each)}>
                <Icon name="pin" />
                <span>{each.address}</span>
                <small class="faint">{t("wish.address.away", { m: each.away_m })}</small>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The arrival as it is and as it would be, and who brings it. */
function Effect({ effect, order, onRetry }: { effect: Outcome | null; order: OrderView; onRetry(): void }) {
  if (!effect) {
    return (
      <p class="wish-effect faint" role="status">
        {t("wish.effect.looking")}
      </p>
    );
  }
  const known = effectIn(effect);
  if (known) return <EffectShown effect={known} order={order} />;
  return (
    <div class="sheet-alert" role="alert">
      <Icon name="alert" />
      <span>{problemWords(effect)}</span>
      {effect.kind === "unreachable" && (
        <button type="button" class="button" onClick={onRetry}>
          {t("wish.retry")}
        </button>
      )}
    </div>
  );
}

function EffectShown({ effect, order }: { effect: AddressEffect; order: OrderView }) {
  const moved = moveWords(effect);
  const courier: Key = `wish.effect.${effect.courier}`;
  return (
    <section class="wish-effect" aria-label={t("wish.effect")} data-effect={effect.courier}>
      <dl>
        <div>
          <dt>{t("wish.effect.now")}</dt>
          <dd>{arrivalWords(effect.before_at_ms, effect.before_late_at_ms)}</dd>
        </div>
        <div class="then">
          <dt>{t("wish.effect.then")}</dt>
          <dd>{arrivalWords(effect.expected_at_ms, effect.late_at_ms)}</dd>
        </div>
      </dl>
      {moved && <p class="wish-moved">{moved}</p>}
      <p class="faint">
        {t(courier)}
        {effect.promise_at_ms > order.promise_at_ms &&
          ` ${t("wish.effect.promise", { time: clockTime(effect.promise_at_ms) })}`}
      </p>
    </section>
  );
}
