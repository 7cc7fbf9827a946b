import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import type { Outcome } from "./api";
import { Alert } from "./signin";
import { fetchZones, type StaffUser, sendUser, USER_ROLES, type UserRole } from "./staff_api";
import { outcomeWords } from "./staff_words";
import { DepotBoxes } from "./user_depots";

interface UserFormProps {
  token: string;
  /** The zone of the desk, which is one that can be given. */
  zone: string;
  /** Who is changed; null: a new one. */
  user: StaffUser | null;
  onAdded(id: string): void;
  onSaved(outcome: Outcome): void;
  onCancel(): void;
}

/** Name, role and zones of a user. */
export function UserForm({ token, zone, user, onAdded, onSaved, onCancel }: UserFormProps) {
  const id = useId();
  const [user_id, setId] = useState(user?.id ?? "");
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState<UserRole>(user?.role ?? "dispatcher");
  const [all, setAll] = useState(user ? user.zones.length === 0 : true);
  const [zones, setZones] = useState<readonly string[]>(user?.zones ?? []);
  const [depots, setDepots] = useState<readonly string[]>(user?.depots ?? []);
  const [limited, limit] = useState(depots.length > 0);
  const [outcome, setOutcome] = useState<Outcome | "sending" | null>(null);
  const [missing, setMissing] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  // A depot's staff work at depots; admins have all of their zones.
  const ofDepots = role === "depot" || (role !== "admin" && limited);
  const submit = async (event: Event) => {
    event.preventDefault();
    const incomplete = (!all && zones.length === 0) || (ofDepots && depots.length === 0);
    setMissing(incomplete);
    if (outcome === "sending" || incomplete) return;
    setOutcome("sending");
    const wish = {
      name: name.trim(),
      role,
      zones: all ? [] : zones,
      depots: ofDepots ? depots : [],
      ...(!user && { new: true }),
    };
    const next = await sendUser(token, user_id.trim().toLowerCase(), wish);
    setOutcome(next);
    if (next.kind !== "done") return;
    onSaved(next);
    if (!user) onAdded(user_id.trim().toLowerCase());
  };
  const wrong = outcome && outcome !== "sending" ? outcomeWords(outcome) : "";
  return (
    <form class="staff-form" onSubmit={submit}>
      {!user && (
        <div class="field">
          <label for={`${id}-id`}>{t("staff.user")}</label>
          <input
            id={`${id}-id`}
            ref={first}
            type="text"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            required
            maxLength={64}
            aria-describedby={`${id}-id-hint`}
            value={user_id}
            onInput={(event) => setId(event.currentTarget.value)}
          />
          <span id={`${id}-id-hint`} class="faint">
            {t("staff.users.id.hint")}
          </span>
        </div>
      )}
      <label class="field">
        <span>{t("staff.users.name")}</span>
        <input
          ref={user ? first : null}
          type="text"
          autocomplete="off"
          required
          maxLength={200}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <div class="field">
        <label for={`${id}-role`}>{t("staff.users.role")}</label>
        <select
          id={`${id}-role`}
          value={role}
          aria-describedby={`${id}-role-hint`}
          onChange={(event) => setRole(event.currentTarget.value as UserRole)}
        >
          {USER_ROLES.map((each) => (
            <option key={each} value={each}>
              {tCode("role", each)}
            </option>
          ))}
        </select>
        <span id={`${id}-role-hint`} class="faint">
          {t(`role.about.${role}`)}
        </span>
      </div>
      <Zones
        token={token}
        known={[...new Set([zone, ...zones])]}
        all={all}
        zones={zones}
        missing={missing}
        onAll={setAll}
        onZones={setZones}
      />
      {role !== "admin" && (
        <DepotBoxes
          token={token}
          zones={all ? null : zones}
          needed={role === "depot"}
          limited={ofDepots}
          depots={depots}
          missing={missing}
          onLimit={limit}
          onDepots={setDepots}
        />
      )}
      {wrong && <Alert>{wrong}</Alert>}
      <div class="actions">
        <button type="submit" class="button primary" disabled={outcome === "sending"}>
          {t(outcome === "sending" ? "staff.busy" : user ? "staff.users.save" : "staff.users.add")}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t("staff.users.cancel")}
        </button>
      </div>
    </form>
  );
}

interface ZonesProps {
  token: string;
  known: readonly string[];
  all: boolean;
  zones: readonly string[];
  missing: boolean;
  onAll(all: boolean): void;
  onZones(zones: readonly string[]): void;
}

/** All zones, or some of those that there are. */
function Zones({ token, known, all, zones, missing, onAll, onZones }: ZonesProps) {
  const [served, setServed] = useState<readonly string[]>([]);
  useEffect(() => void fetchZones(token).then(setServed), [token]);
  const offered = [...new Set([...served, ...known])].filter(Boolean).sort();
  const pick = (zone: string, picked: boolean) =>
    onZones(picked ? [...zones, zone].sort() : zones.filter((each) => each !== zone));
  return (
    <fieldset class="zone-boxes">
      <legend>{t("staff.users.zones")}</legend>
      <label>
        <input type="checkbox" checked={all} onChange={(event) => onAll(event.currentTarget.checked)} />
        {t("staff.zones.all")}
      </label>
      {!all &&
        offered.map((zone) => (
          <label key={zone}>
            <input
              type="checkbox"
              checked={zones.includes(zone)}
              onChange={(event) => pick(zone, event.currentTarget.checked)}
            />
            {zone}
          </label>
        ))}
      {missing && !all && zones.length === 0 && <span class="late">{t("staff.users.zone.missing")}</span>}
    </fieldset>
  );
}
