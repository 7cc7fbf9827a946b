import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "../call";
import { t } from "../i18n";
import { Icon } from "./icon";

/** So long nothing is typed before it is looked for. */
const TYPED_MS = 250;

/** An address of the city's book. */
export interface FoundPlace {
  address: string;
  lat: number;
  lon: number;
}

type Ask = (typed: string) => Promise<Answer<{ addresses: readonly FoundPlace[] }>>;

/** The addresses that fit; null while nothing was looked for. An answer to what is not typed any more is dropped. */
export function usePlaces(ask: Ask, typed: string): readonly FoundPlace[] | null {
  const [found, setFound] = useState<readonly FoundPlace[] | null>(null);
  const latest = useRef(0);
  useEffect(() => {
    latest.current += 1;
    const asked = latest.current;
    setFound(null);
    if (!typed) return;
    const timer = setTimeout(async () => {
      const answer = await ask(typed);
      if (asked === latest.current) setFound(answer.ok ? answer.value.addresses : []);
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [ask, typed]);
  return found;
}

interface PlacesProps {
  found: readonly FoundPlace[] | null;
  /** What is said where none fits. */
  none: string;
  onPick(place: FoundPlace): void;
}

/** Addresses to choose from. */
export function Places({ found, none, onPick }: PlacesProps) {
  return (
    <div role="status">
      {found?.length === 0 && <p class="faint">{none}</p>}
      {found && found.length > 0 && (
        <ul class="places" aria-label={t("places.found")}>
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
