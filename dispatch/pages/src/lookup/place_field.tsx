import { useEffect, useId, useState } from "preact/hooks";
import { call } from "../shared/call";
import { t } from "../shared/i18n";
import type { Looks } from "../shared/ui/looks";
import { type FoundPlace, Places, usePlaces } from "../shared/ui/places";
import { PinMap } from "../track/wishes_map";
import type { Mine } from "./my_api";

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
  const found = usePlaces(mine.places, pin || typed === place?.address ? "" : typed.trim());
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
        <Places found={found} none={t("my.address.none")} onPick={pick} />
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
