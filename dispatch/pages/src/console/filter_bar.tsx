import { useEffect, useId, useRef, useState } from "preact/hooks";
import { count } from "../shared/format";
import { type Key, t, tCode } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import {
  type Field,
  FLAGS,
  fieldOf,
  filterLink,
  fits,
  isStructured,
  linkedFilter,
  parsed,
  readSaved,
  type SavedFilter,
  savedKey,
  userOf,
  withField,
  withFlag,
  withSaved,
  written,
} from "./filters";

/** The counts beside saved filters are told anew so often: each is a walk over all orders. */
const COUNT_EVERY_MS = 2_000;
const STATUSES = ["held", "waiting", "with_others", "to_pickup", "on_way", "done", "failed", "canceled"] as const;
const LOCKS = ["courier", "sequence", "position", "full"] as const;
const PROMISES = ["15m", "30m", "60m"] as const;

/** A user's filters of a zone. */
export function useSavedFilters(token: string, zone: string) {
  const key = savedKey(zone, userOf(token));
  const [saved, setSaved] = useState<{ key: string; filters: readonly SavedFilter[] }>({ key: "", filters: [] });
  if (saved.key !== key) setSaved({ key, filters: readSaved(kept(key)) });
  const keep = (filters: readonly SavedFilter[]) => {
    setSaved({ key, filters });
    try {
      localStorage.setItem(key, JSON.stringify(filters));
    } catch {
      // Without storage they last as long as the page.
    }
  };
  return {
    filters: saved.filters,
    save: (name: string, text: string) => keep(withSaved(saved.filters, name, text)),
    remove: (name: string) => keep(saved.filters.filter((each) => each.name !== name)),
  };
}

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** A filter that somebody sent as a link is applied when the page opens, and when its link is pasted. */
export function useLinkedFilter(apply: (text: string) => void): void {
  useEffect(() => {
    const look = () => {
      const text = linkedFilter(location.hash);
      if (text) apply(text);
    };
    look();
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
    // The address is looked at when it changes, not at each drawing
  }, []);
}

interface SavedProps {
  zone: ZoneState;
  now_ms: number;
  filters: readonly SavedFilter[];
  search: string;
  onFilter(text: string): void;
}

/** The filters that have a name, in the rail. */
export function SavedFilters({ zone, now_ms, filters, search, onFilter }: SavedProps) {
  const counts = useCounts(zone, now_ms, filters);
  if (filters.length === 0) return null;
  return (
    <>
      <h2>{t("filter.saved")}</h2>
      {filters.map(({ name, text }, i) => (
        <button
          key={name}
          type="button"
          class="rail-item"
          aria-current={search === text ? "page" : undefined}
          data-filter={name}
          title={`${name}: ${text}`}
          onClick={() => onFilter(text)}
        >
          <Icon name="filter" />
          <span class="rail-name">{name}</span>
          <span class="rail-count">{zone.synced ? count(counts[i] ?? 0) : ""}</span>
        </button>
      ))}
    </>
  );
}

function useCounts(zone: ZoneState, now_ms: number, filters: readonly SavedFilter[]): readonly number[] {
  const last = useRef<{ at_ms: number; filters: unknown; counts: readonly number[] } | null>(null);
  const mono_ms = performance.now();
  if (!last.current || last.current.filters !== filters || mono_ms - last.current.at_ms > COUNT_EVERY_MS) {
    const counts = filters.map(({ text }) => {
      const terms = parsed(text);
      return [...zone.orders.values()].filter((order) => fits(order, terms, { zone, now_ms })).length;
    });
    last.current = { at_ms: mono_ms, filters, counts };
  }
  return last.current.counts;
}

interface BarProps {
  zone: ZoneState;
  search: string;
  open: boolean;
  onOpen(open: boolean): void;
  saved: ReturnType<typeof useSavedFilters>;
  onSearch(text: string): void;
  onNotice(message: string): void;
}

/** The filter of the list: what it is made of, and everything that it could be made of. */
export function FilterBar(props: BarProps) {
  const { search, open, onOpen, onSearch } = props;
  const terms = parsed(search);
  return (
    <div class="filter-bar">
      <div class="filter-line">
        <button
          type="button"
          class="filter-chip"
          aria-expanded={open}
          data-action="filter"
          title={`${t("filter.title")} (y)`}
          onClick={() => onOpen(!open)}
        >
          <Icon name="filter" />
          {t("filter.title")}
        </button>
        {isStructured(terms) &&
          terms.map((term) => {
            const text = written([term]);
            return (
              <button
                key={text}
                type="button"
                class="filter-chip on"
                aria-label={t("filter.without", { text })}
                onClick={() => onSearch(written(terms.filter((each) => written([each]) !== text)))}
              >
                {text}
                <Icon name="close" />
              </button>
            );
          })}
      </div>
      {open && <FilterForm {...props} />}
    </div>
  );
}

function FilterForm({ zone, search, saved, onSearch, onNotice }: BarProps) {
  const terms = parsed(search);
  const set = (field: Field) => (value: string) => onSearch(written(withField(terms, field, value)));
  const depots = [...zone.depots.values()].map(({ id, name }) => [id, name] as const);
  const couriers = [...zone.couriers.values()]
    .map(({ id, name }) => [id, name] as const)
    .sort(([, a], [, b]) => a.localeCompare(b));
  const skills = [...new Set([...zone.orders.values()].flatMap((order) => order.skills ?? []))].sort();
  const pick = (field: Field, label: Key, options: readonly (readonly [string, string])[]) => (
    <PickOne label={label} value={fieldOf(terms, field)} options={options} onPick={set(field)} />
  );
  return (
    <fieldset class="filter-form" aria-label={t("filter.title")}>
      {pick(
        "status",
        "filter.status",
        STATUSES.map((each) => [each, t(`filter.status.${each}`)]),
      )}
      {pick("depot", "filter.depot", depots)}
      {pick("courier", "filter.courier", [["none", t("drawer.assignee.none")], ...couriers])}
      {pick(
        "promise",
        "filter.promise",
        PROMISES.map((each) => [each, t("filter.within", { n: Number.parseInt(each, 10) })]),
      )}
      {pick(
        "lock",
        "filter.lock",
        LOCKS.map((each) => [each, tCode("override.lock", each)]),
      )}
      {pick(
        "skill",
        "filter.skill",
        skills.map((each) => [each, each.replaceAll("_", " ")]),
      )}
      {pick(
        "tier",
        "filter.tier",
        ["0", "1", "2", "3"].map((each) => [each, each]),
      )}
      <fieldset class="filter-flags" aria-label={t("filter.flags")}>
        {FLAGS.map((flag) => (
          <button
            key={flag}
            type="button"
            class="filter-chip"
            aria-pressed={terms.some(({ field, value, not }) => field === "is" && value === flag && !not)}
            data-flag={flag}
            onClick={() => onSearch(written(withFlag(terms, flag)))}
          >
            {t(`filter.flag.${flag}`)}
          </button>
        ))}
      </fieldset>
      <Keep search={search} saved={saved} onNotice={onNotice} />
      <p class="faint filter-help">{t("filter.help")}</p>
    </fieldset>
  );
}

interface PickProps {
  label: Key;
  value: string;
  options: readonly (readonly [value: string, name: string])[];
  onPick(value: string): void;
}

function PickOne({ label, value, options, onPick }: PickProps) {
  const id = useId();
  const known = value === "" || options.some(([each]) => each === value);
  return (
    <div class="filter-pick">
      <label for={id}>{t(label)}</label>
      <select id={id} value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        <option value="">{t("filter.any")}</option>
        {!known && <option value={value}>{value}</option>}
        {options.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The filter gets a name, goes as a link, or is forgotten. */
function Keep({ search, saved, onNotice }: Pick<BarProps, "search" | "saved" | "onNotice">) {
  const id = useId();
  const [name, setName] = useState("");
  const known = saved.filters.find(({ text }) => text === search);
  const save = (event: Event) => {
    event.preventDefault();
    if (name.trim() === "" || search.trim() === "") return;
    saved.save(name, search);
    onNotice(t("filter.kept", { name: name.trim() }));
    setName("");
  };
  const share = async () => {
    const link = filterLink(location.origin, search);
    try {
      await navigator.clipboard.writeText(link);
      onNotice(t("filter.copied"));
    } catch {
      // Without https, or without leave, there is no clipboard: the address bar has it to copy by hand.
      history.replaceState(null, "", link);
      onNotice(t("filter.address"));
    }
  };
  return (
    <form class="filter-keep" onSubmit={save}>
      <label for={id} class="visually-hidden">
        {t("filter.name")}
      </label>
      <input
        id={id}
        type="text"
        maxLength={40}
        placeholder={t("filter.name")}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={name.trim() === "" || search.trim() === ""}>
        <Icon name="save" />
        {t("filter.save")}
      </button>
      <button type="button" class="button" disabled={search.trim() === ""} data-action="share-filter" onClick={share}>
        <Icon name="share" />
        {t("filter.share")}
      </button>
      {known && (
        <button
          type="button"
          class="button danger"
          data-action="forget-filter"
          onClick={() => saved.remove(known.name)}
        >
          {t("filter.forget", { name: known.name })}
        </button>
      )}
    </form>
  );
}
