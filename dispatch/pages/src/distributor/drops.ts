import { currentLang, type Key, TEXTS, t } from "../shared/i18n";
import { minorOf } from "../shared/money";
import type { ProofKind } from "../shared/protocol/messages";
import type { FoundPlace } from "../shared/ui/places";
import type { Application, LicenceWish, Placed } from "./api";

const HOUR_MS = 3_600_000;
/** Proofs that a distributor asks for; the barcode is on our labels. */
export const PROOFS = ["signature", "photo", "pin", "age"] as const satisfies readonly ProofKind[];
/** More than these are a table. */
export const MOST_DROPS = 50;

export interface DropLine {
  name: string;
  quantity: string;
  sku: string;
}

/** A drop as it is typed. `place` is where the city's book says that the address is; null: it is looked up. */
export interface Drop {
  key: number;
  address: string;
  place: FoundPlace | null;
  name: string;
  phone: string;
  note: string;
  ref: string;
  day: string;
  from: string;
  until: string;
  lines: readonly DropLine[];
  weight_kg: string;
  proofs: readonly ProofKind[];
  cash: string;
}

/** A delivery with its drops, as it is typed. */
export interface DeliveryDraft {
  number: string;
  drops: readonly Drop[];
}

/** Fields of a drop that can be wrong; of lines with their place: `quantity.1`. */
export type Field =
  | "address"
  | "name"
  | "phone"
  | "note"
  | "ref"
  | "from"
  | "until"
  | "weight_kg"
  | "proofs"
  | "cash"
  | `${keyof DropLine}.${number}`;

/** What is wrong with a drop, by its fields; `all`: with the drop as a whole. */
export type Faults = Readonly<Partial<Record<Field | "all", string>>>;

export const NO_LINE: DropLine = { name: "", quantity: "1", sku: "" };

/** The first drop of a delivery, for the window of two hours that begins with the second full hour from now. */
export function firstDrop(now_ms: number): Drop {
  const begins = new Date(Math.ceil(now_ms / HOUR_MS) * HOUR_MS + HOUR_MS);
  const ends = new Date(begins.getTime() + 2 * HOUR_MS);
  const until = dayOf(ends) === dayOf(begins) ? clockOf(ends) : "23:59";
  return {
    key: 1,
    address: "",
    place: null,
    name: "",
    phone: "",
    note: "",
    ref: "",
    day: dayOf(begins),
    from: clockOf(begins),
    until,
    lines: [NO_LINE],
    weight_kg: "",
    proofs: ["signature"],
    cash: "",
  };
}

/** Another drop of the same day, with the window and the proofs of the last one. */
export function nextDrop(drops: readonly Drop[], now_ms: number): Drop {
  const last = drops[drops.length - 1];
  const first = firstDrop(now_ms);
  const key = Math.max(0, ...drops.map((drop) => drop.key)) + 1;
  if (!last) return { ...first, key };
  const { day, from, until, proofs } = last;
  return { ...first, key, day, from, until, proofs };
}

/** What is seen to be wrong before anything is sent. */
export function faultsOf(drop: Drop): Faults {
  const faults: Partial<Record<Field | "all", string>> = {};
  if (!drop.address.trim()) faults.address = t("dist.fault.address");
  if (drop.until && drop.from && drop.until <= drop.from) faults.until = t("dist.fault.window");
  if (drop.from && !drop.until) faults.until = t("dist.fault.until");
  if (gramsOf(drop.weight_kg) === null) faults.weight_kg = t("dist.fault.weight");
  if (minorOf(drop.cash) === null) faults.cash = t("dist.fault.cash");
  drop.lines.forEach((line, i) => {
    if (!/^[1-9]\d{0,4}$/.test(line.quantity.trim())) faults[`quantity.${i}`] = t("dist.fault.quantity");
  });
  return faults;
}

/** A drop as `POST /v1/orders:batch` takes it. A line that says nothing is none. */
export function bodyOf(drop: Drop, number: string, zone: string): object {
  const lines = drop.lines.filter(({ name, sku }) => name.trim() || sku.trim());
  const earliest_at_ms = momentOf(drop.day, drop.from);
  const promise_at_ms = momentOf(drop.day, drop.until);
  const due_minor = minorOf(drop.cash) ?? 0;
  const weight_g = gramsOf(drop.weight_kg) ?? 0;
  return {
    zone,
    dropoff: {
      ...(drop.place && { lat: drop.place.lat, lon: drop.place.lon }),
      address: drop.address.trim(),
      name: drop.name.trim(),
      phone: drop.phone.trim(),
      note: drop.note.trim(),
    },
    ref: drop.ref.trim(),
    drop_of: number.trim(),
    ...(earliest_at_ms !== null && { earliest_at_ms }),
    ...(promise_at_ms !== null && { promise_at_ms }),
    lines: lines.map(({ name, quantity, sku }) => ({
      name: name.trim() || sku.trim(),
      quantity: Number(quantity),
      ...(sku.trim() && { sku: sku.trim() }),
    })),
    ...(weight_g > 0 && { load: { weight_g } }),
    requires: drop.proofs,
    ...(due_minor > 0 && { payment: { state: "cash", due_minor } }),
  };
}

const FIELDS: Readonly<Record<string, Field>> = {
  "/dropoff": "address",
  "/dropoff/address": "address",
  "/dropoff/lat": "address",
  "/dropoff/lon": "address",
  "/dropoff/name": "name",
  "/dropoff/phone": "phone",
  "/dropoff/note": "note",
  "/ref": "ref",
  "/earliest_at_ms": "from",
  "/ready_at_ms": "from",
  "/promise_at_ms": "until",
  "/load/weight_g": "weight_kg",
  "/requires": "proofs",
  "/payment/due_minor": "cash",
};

/** What the server says of a drop, by the fields of the form. `filled` are the places of the lines that were sent. */
export function faultsFrom(problem: NonNullable<Placed["problem"]>, filled: readonly number[]): Faults {
  const faults: Partial<Record<Field | "all", string>> = {};
  for (const { pointer = "", code, detail } of problem.errors ?? []) {
    const [, line, name] = /^\/lines\/(\d+)\/(name|quantity|sku)$/.exec(pointer) ?? [];
    const place = filled[Number(line)];
    const field = name && place !== undefined ? (`${name as keyof DropLine}.${place}` as Field) : FIELDS[pointer];
    faults[field ?? "all"] = faultWords(code ?? problem.code, detail);
  }
  if (Object.keys(faults).length === 0) faults.all = faultWords(problem.code, problem.detail);
  return faults;
}

/** The places of the lines that say something. */
export function filledLines(drop: Drop): number[] {
  return drop.lines.flatMap(({ name, sku }, i) => (name.trim() || sku.trim() ? [i] : []));
}

/** In the reader's words where we have some, else in the server's. */
export function faultWords(code: string | undefined, detail: string): string {
  const key = `dist.problem.${code}`;
  return key in TEXTS[currentLang()] ? t(key as Key) : detail;
}

/** A day and a time of the reader's clock, epoch ms; null where there is no time. */
export function momentOf(day: string, time: string): number | null {
  if (!day || !time) return null;
  const at_ms = new Date(`${day}T${time}`).getTime();
  return Number.isNaN(at_ms) ? null : at_ms;
}

/** "2026-12-31" by the reader's clock, as an input of a day takes it. */
export function dayOf(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function clockOf(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}

/** Of "1.5" kilograms the grams; nothing is 0, null: no weight. */
function gramsOf(typed: string): number | null {
  const text = typed.trim().replace(",", ".");
  if (text === "") return 0;
  return /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1000) : null;
}

/** A licence as it is typed: until a day, or (empty) without end. */
export interface LicenceDraft extends Omit<LicenceWish, "expires_at_ms"> {
  key: number;
  until: string;
}

/** A licence is good until its last day is over. */
export function licenceOf({ kind, number, until }: LicenceDraft): LicenceWish {
  const [year = 0, month = 1, day = 1] = until.split("-").map(Number);
  return { kind, number: number.trim(), expires_at_ms: until ? new Date(year, month - 1, day + 1).getTime() : 0 };
}

export function licenceDrafts(licences: Application["licences"]): LicenceDraft[] {
  return licences.map(({ kind, number, expires_at_ms }, key) => ({
    key,
    kind,
    number,
    until: expires_at_ms ? dayOf(new Date(expires_at_ms - 1)) : "",
  }));
}
