import { useEffect, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { current, type SavedAddress, savedAddresses } from "../shared/shopper";
import { Icon } from "../shared/ui/icon";
import type { NewAddress } from "./wishes_api";

/** The address book of a shopper who is signed in on this phone; nothing for anybody else. */
export function SavedAddresses({ onPick }: { onPick(address: NewAddress): void }) {
  const [saved, setSaved] = useState<readonly SavedAddress[]>([]);
  useEffect(() => {
    const session = current();
    if (!session) return;
    let over = false;
    void savedAddresses(session.token).then((answer) => answer.ok && !over && setSaved(answer.value.addresses));
    return () => {
      over = true;
    };
  }, []);
  if (saved.length === 0) return null;
  return (
    <ul class="wish-found" aria-label={t("wish.address.saved")}>
      {saved.map(({ id, label, address, lat, lon }) => (
        <li key={id}>
          <button type="button" data-saved={label} onClick={() => onPick({ address, lat, lon })}>
            <Icon name="home" />
            <span>{address}</span>
            <small class="faint">{label}</small>
          </button>
        </li>
      ))}
    </ul>
  );
}
