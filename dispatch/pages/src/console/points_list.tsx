import { useEffect, useId, useRef, useState } from "preact/hooks";
import { count } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import type { Outcome } from "./api";
import { useMay } from "./may";
import { type Address, fetchAddresses, type PickupPoint, sendNewLink, sendPoint } from "./partners_api";
import { problemWords } from "./problem_words";
import { Alert } from "./signin";

const HOUR_S = 3_600;
const KEEPS_H = 48;

interface PointsProps {
  points: readonly PickupPoint[];
  token: string;
  zone: string;
  onChanged(): void;
}

/** Pickup points: what is expected and lies there, the page of whoever runs one, and a form for each. */
export function Points({ points, token, zone, onChanged }: PointsProps) {
  const mayChange = useMay()("register_point");
  const [open, setOpen] = useState<string | null>(null);
  const done = () => {
    setOpen(null);
    onChanged();
  };
  return (
    <>
      {points.length === 0 && <p class="faint overrides-none">{t("points.none")}</p>}
      <ul class="users">
        {points.map((point) => (
          <li key={point.id} class={`user${point.removed ? " off" : ""}`} data-point={point.id}>
            <PointLine point={point} />
            {open === point.id ? (
              <PointForm point={point} token={token} zone={zone} onDone={done} onCancel={() => setOpen(null)} />
            ) : (
              mayChange && (
                <PointActions
                  point={point}
                  token={token}
                  zone={zone}
                  onEdit={() => setOpen(point.id)}
                  onChanged={onChanged}
                />
              )
            )}
          </li>
        ))}
      </ul>
      {mayChange && open === "" && (
        <PointForm point={null} token={token} zone={zone} onDone={done} onCancel={() => setOpen(null)} />
      )}
      {mayChange && open !== "" && (
        <button type="button" class="button" onClick={() => setOpen("")}>
          <Icon name="plus" />
          {t("points.add")}
        </button>
      )}
    </>
  );
}

function PointLine({ point }: { point: PickupPoint }) {
  const counts = t("points.counts", { expected: count(point.expected), lying: count(point.lying) });
  return (
    <p class="user-line">
      <strong>{point.name}</strong>
      <span class="faint">{[point.id, point.address, point.leader].filter(Boolean).join(" · ")}</span>
      <span class="chip">{counts}</span>
      {point.removed && <span class="chip late">{t("points.removed")}</span>}
    </p>
  );
}

interface ActionsProps {
  point: PickupPoint;
  token: string;
  zone: string;
  onEdit(): void;
  onChanged(): void;
}

function PointActions({ point, token, zone, onEdit, onChanged }: ActionsProps) {
  const [sure, setSure] = useState(false);
  const [wrong, setWrong] = useState("");
  const renew = async () => {
    const outcome = await sendNewLink(token, zone, point.id);
    setSure(false);
    setWrong(problemWords(outcome));
    if (outcome.kind === "done") onChanged();
  };
  if (sure) {
    return (
      <>
        <p class="effect">{t("points.link.sure", { name: point.name })}</p>
        <div class="actions">
          <button type="button" class="button danger" onClick={() => void renew()}>
            {t("points.link.new")}
          </button>
          <button type="button" class="button" onClick={() => setSure(false)}>
            {t("staff.users.cancel")}
          </button>
        </div>
      </>
    );
  }
  return (
    <div class="actions user-actions">
      {wrong && <Alert>{wrong}</Alert>}
      {point.leader_url && (
        <a
          class="button"
          href={point.leader_url}
          target="_blank"
          rel="noreferrer"
          aria-label={`${t("points.page")}: ${point.name}`}
        >
          {t("points.page")}
        </a>
      )}
      <button
        type="button"
        class="button"
        aria-label={`${t("points.link")}: ${point.name}`}
        onClick={() => setSure(true)}
      >
        {t("points.link")}
      </button>
      <button type="button" class="button" aria-label={`${t("staff.users.edit")}: ${point.name}`} onClick={onEdit}>
        {t("staff.users.edit")}
      </button>
    </div>
  );
}

interface FormProps {
  point: PickupPoint | null;
  token: string;
  zone: string;
  onDone(): void;
  onCancel(): void;
}

/** A point as it is typed; its place is that of an address of the city's book. */
function PointForm({ point, token, zone, onDone, onCancel }: FormProps) {
  const [id, setId] = useState(point?.id ?? "");
  const [name, setName] = useState(point?.name ?? "");
  const [place, setPlace] = useState<Address | null>(point);
  const [leader, setLeader] = useState(point?.leader ?? "");
  const [phone, setPhone] = useState(point?.phone ?? "");
  const [hours, setHours] = useState((point?.keeps_s ?? KEEPS_H * HOUR_S) / HOUR_S);
  const [removed, setRemoved] = useState(point?.removed ?? false);
  const [outcome, setOutcome] = useState<Outcome | "sending" | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!place || outcome === "sending") return;
    setOutcome("sending");
    const { lat, lon, address } = place;
    const wish = {
      name: name.trim(),
      lat,
      lon,
      address,
      leader: leader.trim(),
      phone,
      keeps_s: hours * HOUR_S,
      removed,
    };
    const next = await sendPoint(token, zone, id.trim().toLowerCase(), wish);
    setOutcome(next);
    if (next.kind === "done" || next.kind === "accepted") onDone();
  };
  const wrong = outcome && outcome !== "sending" ? problemWords(outcome) : "";
  return (
    <form class="staff-form" onSubmit={submit}>
      {!point && <Field label={t("points.id")} value={id} onInput={setId} required maxLength={64} first />}
      <Field label={t("points.name")} value={name} onInput={setName} required maxLength={200} />
      <PlaceField token={token} zone={zone} place={place} onPlace={setPlace} />
      <Field
        label={t("points.leader")}
        value={leader}
        onInput={setLeader}
        maxLength={100}
        hint={t("points.leader.hint")}
      />
      <Field label={t("points.phone")} value={phone} onInput={setPhone} maxLength={40} />
      <label class="field">
        <span>{t("points.keeps")}</span>
        <input
          type="number"
          min={1}
          max={720}
          required
          value={hours}
          onInput={(event) => setHours(event.currentTarget.valueAsNumber)}
        />
      </label>
      {point && (
        <label class="tick">
          <input type="checkbox" checked={removed} onChange={(event) => setRemoved(event.currentTarget.checked)} />
          <span>{t("points.remove")}</span>
        </label>
      )}
      {wrong && <Alert>{wrong}</Alert>}
      <div class="actions">
        <button type="submit" class="button primary" disabled={outcome === "sending" || !place}>
          {t(outcome === "sending" ? "staff.busy" : "staff.users.save")}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t("staff.users.cancel")}
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onInput(value: string): void;
  required?: boolean;
  maxLength: number;
  hint?: string;
  first?: boolean;
}

function Field({ label, value, onInput, required = false, maxLength, hint, first = false }: FieldProps) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (first) box.current?.focus();
  }, [first]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={box}
        type="text"
        autocomplete="off"
        required={required}
        maxLength={maxLength}
        aria-describedby={hint ? `${id}-hint` : undefined}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint && (
        <span id={`${id}-hint`} class="faint">
          {hint}
        </span>
      )}
    </div>
  );
}

interface PlaceProps {
  token: string;
  zone: string;
  place: Address | null;
  onPlace(place: Address | null): void;
}

/** An address that is typed and chosen from the city's book, so that it has a place. */
function PlaceField({ token, zone, place, onPlace }: PlaceProps) {
  const id = useId();
  const [typed, setTyped] = useState(place?.address ?? "");
  const [found, setFound] = useState<readonly Address[]>([]);
  const type = (value: string) => {
    setTyped(value);
    const chosen = found.find(({ address }) => address === value);
    onPlace(chosen ?? null);
    if (!chosen && value.trim().length > 1) void fetchAddresses(token, zone, value).then(setFound);
  };
  return (
    <div class="field">
      <label for={id}>{t("points.address")}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        required
        maxLength={100}
        list={`${id}-found`}
        aria-describedby={`${id}-hint`}
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
      />
      <datalist id={`${id}-found`}>
        {found.map(({ address }) => (
          <option key={address} value={address} />
        ))}
      </datalist>
      <span id={`${id}-hint`} class="faint">
        {t(place ? "points.address.known" : "points.address.hint")}
      </span>
    </div>
  );
}
