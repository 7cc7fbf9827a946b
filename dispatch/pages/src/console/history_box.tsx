import { useEffect, useState } from "preact/hooks";
import { clockSeconds, relative } from "../shared/format";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import {
  actorWords,
  changeLines,
  type Entry,
  entryReason,
  entrySentence,
  fetchHistory,
  type HistoryOf,
  type HistoryPage,
  joined,
} from "./history";
import { usePast } from "./past";

interface HistoryBoxProps {
  of: HistoryOf;
  id: string;
  /** Changes whenever there may be something new. */
  stamp: string;
  token: string;
  zone: ZoneState;
  now_ms: number;
}

/** Whoever has unfolded one history wants to see the next one, too, and this one after a jump in time. */
let unfolded = false;

/** Everything that happened to an order or a courier, behind a fold; each entry leads to its moment. */
export function HistoryBox(props: HistoryBoxProps) {
  const [open, setOpen] = useState(unfolded);
  const toggled = (isOpen: boolean) => {
    unfolded = isOpen;
    setOpen(isOpen);
  };
  return (
    <details class="fold history-fold" open={open} onToggle={(event) => toggled(event.currentTarget.open)}>
      <summary>{t("history.title")}</summary>
      {open && <Told key={props.id} {...props} />}
    </details>
  );
}

function Told(props: HistoryBoxProps) {
  const { of, id, stamp, token, zone } = props;
  const [page, setPage] = useState<HistoryPage | null>(null);
  const [trouble, setTrouble] = useState<"forbidden" | "failed" | null>(null);
  const [asked, ask] = useState(0);
  const [fetching, setFetching] = useState(false);
  useEffect(() => {
    let wanted = true;
    void fetchHistory(token, of, id).then((found) => {
      if (!wanted) return;
      setTrouble(typeof found === "string" ? found : null);
      if (typeof found !== "string") setPage((known) => joined(known, found));
    });
    return () => {
      wanted = false;
    };
  }, [token, of, id, stamp, asked]);
  const more = async (next: string) => {
    setFetching(true);
    const found = await fetchHistory(token, of, id, next);
    setFetching(false);
    if (typeof found === "string") return setTrouble(found);
    setPage((known) => ({ ...found, entries: [...(known?.entries ?? []), ...found.entries] }));
  };
  if (trouble === "forbidden") return <p class="faint">{t("history.forbidden")}</p>;
  if (!page && !trouble) return <span class="skeleton preview-skeleton" />;
  return (
    <>
      {trouble && (
        <p class="alert" role="alert">
          <Icon name="alert" />
          <span>{t("history.failed")}</span>
          <button type="button" class="button" onClick={() => ask(asked + 1)}>
            {t("replay.again")}
          </button>
        </p>
      )}
      {page?.entries.length === 0 && <p class="faint">{t("history.none")}</p>}
      <Entries {...props} entries={page?.entries ?? []} zone={zone} />
      {page?.next && (
        <button type="button" class="button" disabled={fetching} onClick={() => void more(page.next ?? "")}>
          {t("history.more")}
        </button>
      )}
    </>
  );
}

function Entries({ entries, zone, now_ms }: HistoryBoxProps & { entries: readonly Entry[] }) {
  const past = usePast();
  const { at_ms } = past;
  const current = at_ms === null ? undefined : entries.find((entry) => entry.at_ms <= at_ms);
  return (
    <ol class="entries">
      {entries.map((entry) => (
        <li
          key={entry.seq}
          class={at_ms !== null && entry.at_ms > at_ms ? "entry later" : "entry"}
          aria-current={entry === current ? "step" : undefined}
          data-entry={entry.event}
        >
          <EntryRow entry={entry} zone={zone} now_ms={now_ms} onSeek={past.seek} />
        </li>
      ))}
    </ol>
  );
}

interface EntryRowProps {
  entry: Entry;
  zone: ZoneState;
  now_ms: number;
  onSeek(at_ms: number): void;
}

function EntryRow({ entry, zone, now_ms, onSeek }: EntryRowProps) {
  const reason = entryReason(entry);
  const lines = changeLines(entry, zone);
  const time = clockSeconds(entry.at_ms);
  return (
    <>
      <button
        type="button"
        class="entry-time"
        title={t("history.see", { time })}
        aria-label={t("history.see", { time })}
        onClick={() => onSeek(entry.at_ms)}
      >
        <time title={relative(entry.at_ms, now_ms)}>{time}</time>
      </button>
      <div class="entry-words">
        <span class="entry-sentence">{entrySentence(entry, zone)}</span>
        <span class="faint">
          {actorWords(entry.actor, zone)}
          {reason && ` · ${reason}`}
        </span>
        {lines.length > 0 && (
          <details class="entry-more">
            <summary>{t("history.changes", { n: lines.length })}</summary>
            <dl>
              {lines.map(({ label, before, after }) => (
                <div key={label} class="entry-change">
                  <dt>{label}</dt>
                  <dd>
                    {before !== "–" && <s>{before}</s>} {after}
                  </dd>
                </div>
              ))}
              {entry.device_at_ms > 0 && (
                <div class="entry-change">
                  <dt>{t("history.device")}</dt>
                  <dd>{clockSeconds(entry.device_at_ms)}</dd>
                </div>
              )}
            </dl>
          </details>
        )}
      </div>
    </>
  );
}
