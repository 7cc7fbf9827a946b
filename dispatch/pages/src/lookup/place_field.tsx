import { useEffect, useId, useRef, useState } from "preact/hooks";
import { call } from "../shared/call";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { PinMap } from "../track/wishes_map";
import type { FoundPlace, Mine } from "./my_api";

/** So long nothing is typed before it is looked for. */
const TYPED_MS = 250;

type Spot = Omit<FoundPlace, "address">;

interface PlaceProps {
  mine: Mine;
  looks: Looks;
  place: FoundPlace | null;
  onPlace(place: FoundPlace | null): void;
}

/** Where the door is: chosen from the addresses that fit what is typed, or by the map; then it may be called as people
 * like. */
export function PlaceField({ mine, looks, place, onPlace }: PlaceProps) {
  const id = useId();
  const [typed, setTyped] = useState(place?.address ?? "");
  const [pin, setPin] = useState<Spot | null>(null);
  const middle = useMiddle();
  const found = useFound(mine, pin || typed === place?.address ? "" : typed.trim());
  const pick = (next: FoundPlace) => {
    setPin(null);
    setTyped(next.address);
    onPlace(next);
  };
  const write = (text: string) => {
    setTyped(text);
    onPlace(pin && text.trim() ? { ...pin, address: text.trim() } : null);
  };
  const move = async ({ lat, lon }: Spot) => {
    setPin({ lat, lon });
    const near = await mine.nearest(lat, lon);
    const address = (near.ok && near.value.addresses[0]?.address) || typed.trim();
    setTyped(address);
    onPlace(address ? { lat, lon, address } : null);
  };
  const shown = place ?? pin ?? middle;
  return (
    <>
      <div class="field">
        <label for={id}>{t("my.address")}</label>
        <input
          id={id}
          type="search"
          autocomplete="off"
          required
          maxLength={100}
          value={typed}
          onInput={(event) => write(event.currentTarget.value)}
        />
        <small>{t("my.address.hint")}</small>
        <Places found={found} onPick={pick} />
      </div>
      {shown && <PinMap place={shown} looks={looks} onPin={(there) => void move(there)} />}
    </>
  );
}

/** The middle of the city, where the map begins; null until it is known. */
function useMiddle(): Spot | null {
  const [middle, setMiddle] = useState<Spot | null>(null);
  useEffect(() => {
    void call<{ centre: Spot }>("/v1/city").then((answer) => answer.ok && setMiddle(answer.value.centre));
  }, []);
  return middle;
}

/** The addresses that fit; null while nothing was looked for. An answer to what is not typed any more is dropped. */
function useFound(mine: Mine, typed: string): readonly FoundPlace[] | null {
  const [found, setFound] = useState<readonly FoundPlace[] | null>(null);
  const latest = useRef(0);
  useEffect(() => {
    latest.current += 1;
    const asked = latest.current;
    setFound(null);
    if (!typed) return;
    const timer = setTimeout(async () => {
      const answer = await mine.places(typed);
      if (asked === latest.current) setFound(answer.ok ? answer.value.addresses : []);
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [mine, typed]);
  return found;
}

function Places({ found, onPick }: { found: readonly FoundPlace[] | null; onPick(place: FoundPlace): void }) {
  return (
    <div role="status">
      {found?.length === 0 && <p class="faint">{t("my.address.none")}</p>}
      {found && found.length > 0 && (
        <ul class="places" aria-label={t("my.address.found")}>
          {found.map((each) => (
            <li key={`${each.address}${each.lat}`}>
              <button type="button" onClick={() => onPick(each)}>
                <Icon name="pin" />
                {each.address}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
