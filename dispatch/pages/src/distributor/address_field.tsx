import { useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { Places, usePlaces } from "../shared/ui/places";
import type { Account } from "./api";
import type { Drop } from "./drops";
import { TextField } from "./text_field";

interface AddressProps {
  account: Account;
  drop: Drop;
  fault: string | undefined;
  onChange(more: Partial<Drop>): void;
}

/** Where the drop goes: best chosen of the addresses that the city knows; what it does not know is held to be looked at. */
export function AddressField({ account, drop, fault, onChange }: AddressProps) {
  const { address, place } = drop;
  const [asks, setAsks] = useState(false);
  const found = usePlaces(account.places, asks && !place ? address.trim() : "");
  return (
    <TextField
      label={t("dist.drop.address")}
      fault={fault}
      value={address}
      kind={{ autocomplete: "off", maxLength: 500, required: true }}
      onText={(text) => {
        setAsks(true);
        onChange({ address: text, place: null });
      }}
    >
      {place ? (
        <small class="known">
          <Icon name="check" />
          {t("dist.drop.known")}
        </small>
      ) : (
        <small class="faint">{t("dist.drop.address.hint")}</small>
      )}
      <Places
        found={found}
        none={t("dist.drop.unknown")}
        onPick={(each) => onChange({ address: each.address, place: each })}
      />
    </TextField>
  );
}
