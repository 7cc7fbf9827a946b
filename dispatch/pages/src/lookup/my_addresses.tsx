import { useEffect, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { newKey } from "../shared/http";
import { t } from "../shared/i18n";
import type { SavedAddress } from "../shared/shopper";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import type { FoundPlace } from "../shared/ui/places";
import type { Mine } from "./my_api";
import { Heading, Sign, Warning } from "./parts";
import { PlaceField } from "./place_field";

/** The address book: a list, and a form for one that is new or changes. */
export function Addresses({ mine, looks }: { mine: Mine; looks: Looks }) {
  const [saved, setSaved] = useState<readonly SavedAddress[] | null>(null);
  const [edited, setEdited] = useState<SavedAddress | "new" | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const load = async () => {
    const answer = await mine.addresses();
    setRefusal(answer.ok ? null : answer.refusal);
    if (answer.ok) setSaved(answer.value.addresses);
  };
  useEffect(() => void load(), [mine]);
  const drop = async (id: string) => {
    const answer = await mine.dropAddress(id);
    // One that is gone already is as good as dropped.
    if (answer.ok || answer.refusal.code === "no_such_address") return load();
    setRefusal(answer.refusal);
  };
  const done = () => {
    setEdited(null);
    void load();
  };
  if (edited) {
    return (
      <AddressForm
        mine={mine}
        looks={looks}
        was={edited === "new" ? null : edited}
        onDone={done}
        onBack={() => setEdited(null)}
      />
    );
  }
  const none = saved?.length === 0;
  return (
    <>
      {none && <Sign name="home" />}
      <Heading>{t(none ? "my.addresses.none" : "my.addresses")}</Heading>
      <p class="soft">{t("my.addresses.note")}</p>
      {saved === null && !refusal && <p class="skeleton skeleton-field" aria-hidden="true" />}
      <ul class="found">
        {saved?.map((each) => (
          <Entry key={each.id} address={each} onEdit={() => setEdited(each)} onDrop={() => void drop(each.id)} />
        ))}
      </ul>
      <Warning refusal={refusal} />
      {saved === null && refusal && (
        <button type="button" class="button" onClick={() => void load()}>
          {t("my.retry")}
        </button>
      )}
      <button type="button" class="button" disabled={saved === null} onClick={() => setEdited("new")}>
        <Icon name="plus" />
        {t("my.addresses.add")}
      </button>
    </>
  );
}

function Entry({ address, onEdit, onDrop }: { address: SavedAddress; onEdit(): void; onDrop(): void }) {
  const { label } = address;
  return (
    <li class="found-order" data-address={label}>
      <span class="chip accent found-mark">
        <Icon name="home" />
      </span>
      <span class="found-words">
        <strong>{label}</strong>
        <span>{address.address}</span>
        {address.note && <span class="faint">{address.note}</span>}
      </span>
      <span class="entry-acts">
        <button type="button" class="text-button" aria-label={t("my.addresses.edit.of", { label })} onClick={onEdit}>
          {t("my.addresses.edit")}
        </button>
        <button type="button" class="text-button" aria-label={t("my.addresses.drop.of", { label })} onClick={onDrop}>
          {t("my.addresses.drop")}
        </button>
      </span>
    </li>
  );
}

interface FormProps {
  mine: Mine;
  looks: Looks;
  was: SavedAddress | null;
  onDone(): void;
  onBack(): void;
}

function AddressForm({ mine, looks, was, onDone, onBack }: FormProps) {
  const [id] = useState(() => was?.id ?? newKey());
  const [label, setLabel] = useState(was?.label ?? "");
  const [note, setNote] = useState(was?.note ?? "");
  const [place, setPlace] = useState<FoundPlace | null>(was);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!place) return;
    const { address, lat, lon } = place;
    setBusy(true);
    const answer = await mine.keepAddress({ id, label, address, lat, lon, note });
    setBusy(false);
    if (answer.ok) onDone();
    else setRefusal(answer.refusal);
  };
  return (
    <form class="address-form" onSubmit={submit}>
      <Heading>{t(was ? "my.addresses.change" : "my.addresses.add")}</Heading>
      <label class="field">
        <span>{t("my.label")}</span>
        <input
          type="text"
          name="label"
          required
          maxLength={40}
          value={label}
          onInput={(event) => setLabel(event.currentTarget.value)}
        />
      </label>
      <div class="quick">
        {(["home", "work"] as const).map((each) => (
          <button key={each} type="button" class="button" onClick={() => setLabel(t(`my.label.${each}`))}>
            {t(`my.label.${each}`)}
          </button>
        ))}
      </div>
      <PlaceField mine={mine} looks={looks} place={place} onPlace={setPlace} />
      <label class="field">
        <span>{t("my.note")}</span>
        <input
          type="text"
          name="note"
          maxLength={200}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
        <small>{t("my.note.hint")}</small>
      </label>
      <Warning refusal={refusal} />
      <button type="submit" class="button primary" disabled={busy || !place || !label.trim()}>
        {t(busy ? "lookup.busy" : "my.save")}
      </button>
      <button type="button" class="text-button" onClick={onBack}>
        {t("my.back")}
      </button>
    </form>
  );
}
