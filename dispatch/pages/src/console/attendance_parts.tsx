import { useEffect } from "preact/hooks";
import { t } from "../shared/i18n";
import type { Attendee } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { initials, openAt, othersAt, othersOf } from "./attendance";
import type { Selection } from "./selection";

const MOST_SIGNS = 4;

/** Tells the other desks what is open here. */
export function useAttending(
  selection: Selection | null,
  changing: boolean,
  attend: (selection: Selection | null, changing: boolean) => void,
): void {
  const [kind, id] = [selection?.kind, selection?.id];
  useEffect(() => attend(selection, changing), [kind, id, changing]);
}

/** The people at the other desks; a click opens what they have open. */
export function Others({ zone, onSelect }: { zone: ZoneState; onSelect(selection: Selection): void }) {
  const others = othersOf(zone);
  if (others.length === 0) return null;
  const more = others.length - MOST_SIGNS;
  return (
    <section class="others" aria-label={t("attend.others")}>
      {others.slice(0, MOST_SIGNS).map((other) => {
        const open = openAt(other);
        return (
          <button
            key={other.tab}
            type="button"
            class={`person${other.changing ? " changing" : ""}`}
            title={whatWords(other, open !== null)}
            aria-label={whatWords(other, open !== null)}
            disabled={open === null}
            onClick={() => open && onSelect(open)}
          >
            {initials(other.who)}
          </button>
        );
      })}
      {more > 0 && <span class="faint">{t("attend.more", { n: more })}</span>}
    </section>
  );
}

function whatWords({ who, changing }: Attendee, open: boolean): string {
  if (!open) return t("attend.here", { who });
  return t(changing ? "attend.changing.open" : "attend.looking.open", { who });
}

/** Who else has this row's thing open. */
export function RowOthers({ zone, row }: { zone: ZoneState; row: Selection }) {
  const others = othersAt(zone, row);
  const [first] = others;
  if (!first) return null;
  const title = others
    .map(({ who, changing }) => t(changing ? "attend.changing" : "attend.looking", { who }))
    .join(" ");
  return (
    <span class={`person small${first.changing ? " changing" : ""}`} title={title}>
      <span aria-hidden="true">{others.length > 1 ? others.length : initials(first.who)}</span>
      <span class="visually-hidden">{title}</span>
    </span>
  );
}

/** One line for each of the others who have the same thing open. */
export function AttendedBy({ zone, selection }: { zone: ZoneState; selection: Selection }) {
  return (
    <>
      {othersAt(zone, selection).map(({ tab, who, changing }) => (
        <p key={tab} class={`attended${changing ? " changing" : ""}`} role="status">
          <Icon name="person" />
          {t(changing ? "attend.changing" : "attend.looking", { who })}
        </p>
      ))}
    </>
  );
}
