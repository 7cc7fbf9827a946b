import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { Refusal as Refused } from "../shared/call";
import { type Key, t } from "../shared/i18n";
import { useOnline } from "../shared/ui/hooks";
import { Icon } from "../shared/ui/icon";
import { type Looks, useLooks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { type Changed, type LeaderDesk, leaderDesk, type Parcel, type PointPage, type Refusal } from "./api";
import { LeaderTable } from "./leader_table";
import { Brought, Listed } from "./parcels";
import { Counts, PrintList, Tools } from "./tools";
import { contents, fits, numberOf, othersOf, refusalWords, sorted } from "./words";

const LOOK_EVERY_MS = 10_000;
const GONE: ReadonlySet<string> = new Set(["unknown_link", "404"]);

/** What was done last, or why it was not. */
type Told = { kind: "done"; title: string; more?: string; others?: string } | { kind: "problem"; title: string };

/** A pickup point for whoever runs it: what came, what lies here, who fetches it. */
export function LeaderPage() {
  const looks = useLooks();
  const online = useOnline();
  const desk = useMemo(() => leaderDesk(location.pathname.split("/").pop() ?? ""), []);
  const [page, setPage] = useState<PointPage | null>(null);
  const [gone, setGone] = useState(false);
  const look = useCallback(async () => {
    const answer = await desk.look();
    if (answer.ok) setPage(answer.value);
    else if (GONE.has(answer.refusal.code)) setGone(true);
  }, [desk]);
  useEffect(() => {
    void look();
    const timer = setInterval(() => document.visibilityState === "visible" && void look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [look]);
  useEffect(() => {
    document.title = page ? page.name : t("leader.title");
    document.documentElement.dataset.view = gone ? "gone" : page ? "point" : "loading";
  });
  return (
    <>
      <Bar looks={looks} />
      {!online && (
        <p class="banner" role="status">
          <Icon name="wifi" />
          {t("leader.offline")}
        </p>
      )}
      <main class="leader">
        {gone && <Gone />}
        {!gone && !page && <div class="leader-card skeleton skeleton-field" aria-hidden="true" />}
        {!gone && page && <PointDesk page={page} desk={desk} onChanged={look} />}
      </main>
    </>
  );
}

function Bar({ looks }: { looks: Looks }) {
  return (
    <header class="bar">
      <span class="bar-title">{t("leader.title")}</span>
      <Switches looks={looks} />
    </header>
  );
}

function Gone() {
  return (
    <div class="leader-card">
      <h1>{t("leader.gone.title")}</h1>
      <p class="soft">{t("leader.gone")}</p>
    </div>
  );
}

function PointDesk({ page, desk, onChanged }: { page: PointPage; desk: LeaderDesk; onChanged(): Promise<void> }) {
  const [told, tell] = useState<Told | null>(null);
  const [typed, setTyped] = useState("");
  const { fresh, kept } = sorted(page);
  /** Does something, tells what came of it, and looks again. */
  const act = async (doing: Promise<Changed>, done: (changed: readonly Parcel[]) => Told): Promise<Refused | null> => {
    const answer = await doing;
    tell(answer.ok ? done(answer.value.orders ?? []) : { kind: "problem", title: refusalWords(answer.refusal) });
    // The next customer's code is typed meanwhile.
    void onChanged();
    return answer.ok ? null : answer.refusal;
  };
  const refuse = (parcel: Parcel, why: Refusal) =>
    act(desk.refuse(parcel.order_id, why), () => ({
      kind: "done",
      title: t(why === "missing" ? "leader.reported" : "leader.goes.back", { number: numberOf(parcel) }),
    }));
  return (
    <>
      <div class="leader-head">
        <h1>{page.name}</h1>
        <p class="soft">{page.address}</p>
      </div>
      <Counts page={page} />
      <HandOut onCode={(code) => act(desk.collect(code), ([parcel]) => handedOver(parcel, page.lying))} />
      <p class={`told ${told?.kind ?? ""}`} role="status">
        {told && <Icon name={told.kind === "done" ? "check" : "alert"} />}
        {told && (
          <span>
            <strong>{told.title}</strong>
            {told.kind === "done" && told.more && <span class="soft"> {told.more}</span>}
            {told.kind === "done" && told.others && <span class="others">{told.others}</span>}
          </span>
        )}
      </p>
      {fresh.length > 0 && (
        <Brought
          parcels={fresh}
          onConfirm={(ids) =>
            act(desk.confirm(ids), (done) => ({ kind: "done", title: t("leader.confirm", { n: done.length }) }))
          }
          onRefuse={refuse}
        />
      )}
      <label class="field search">
        <span>{t("leader.search")}</span>
        <input
          type="search"
          maxLength={60}
          placeholder={t("leader.search.hint")}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <Lists page={page} kept={kept} typed={typed} onRefuse={refuse} />
      <Tools page={page} />
      <LeaderTable point_id={page.point_id} zone={page.zone} onDone={onChanged} />
      <PrintList page={page} />
    </>
  );
}

interface ListsProps {
  page: PointPage;
  /** What lies here and was looked at. */
  kept: readonly Parcel[];
  typed: string;
  onRefuse(parcel: Parcel, why: Refusal): Promise<unknown>;
}

/** What lies here, what comes, and what was handed out today: all of it, or what fits what is looked for. */
function Lists({ page, kept, typed, onRefuse }: ListsProps) {
  const { now_ms } = page;
  const found = (parcels: readonly Parcel[]) => (typed.trim() ? parcels.filter((each) => fits(each, typed)) : parcels);
  const none = (key: Key) => t(typed.trim() ? "leader.search.none" : key);
  return (
    <>
      <section>
        <h2>{t("leader.lying", { n: page.lying_count - (page.lying.length - kept.length) })}</h2>
        <Listed parcels={found(kept)} now_ms={now_ms} none={none("leader.lying.none")} onRefuse={onRefuse} />
        <More n={page.lying_count - page.lying.length} />
      </section>
      <section>
        <h2>{t("leader.expected", { n: page.expected_count })}</h2>
        <Listed parcels={found(page.expected)} now_ms={now_ms} none={none("leader.expected.none")} />
        <More n={page.expected_count - page.expected.length} />
      </section>
      <details class="handed-out" open={typed.trim() !== ""}>
        <summary>{t("leader.collected", { n: page.collected_count })}</summary>
        <Listed parcels={found(page.collected)} now_ms={now_ms} none={none("leader.collected.none")} />
        <More n={page.collected_count - page.collected.length} />
      </details>
    </>
  );
}

/** `lying` is what lay here before: of it the same customer may have more. */
function handedOver(parcel: Parcel | undefined, lying: readonly Parcel[]): Told {
  if (!parcel) return { kind: "done", title: t("leader.done", { number: "" }) };
  const more = [t("leader.done.to", { customer: parcel.customer }), contents(parcel)].filter(Boolean).join(" · ");
  const others = othersOf(parcel, lying).map(numberOf);
  return {
    kind: "done",
    title: t("leader.done", { number: numberOf(parcel) }),
    more,
    ...(others.length > 0 && { others: t("leader.others", { n: others.length, numbers: others.join(", ") }) }),
  };
}

function More({ n }: { n: number }) {
  return n > 0 ? <p class="soft">{t("leader.more", { n })}</p> : null;
}

function HandOut({ onCode }: { onCode(code: string): Promise<Refused | null> }) {
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const refused = await onCode(code);
    setBusy(false);
    setWrong(refused !== null);
    if (!refused) setCode("");
  };
  return (
    <form class="leader-card hand-out" onSubmit={submit}>
      <label class="field">
        <span>{t("leader.code")}</span>
        <input
          type="text"
          name="code"
          class="code"
          inputMode="numeric"
          autocomplete="off"
          required
          pattern="\d{6}"
          maxLength={6}
          aria-describedby="code-hint"
          aria-invalid={wrong || undefined}
          value={code}
          onInput={(event) => {
            setCode(event.currentTarget.value.replace(/\D/g, ""));
            setWrong(false);
          }}
        />
        <small id="code-hint">{t("leader.code.hint")}</small>
      </label>
      <button type="submit" class="button primary" disabled={busy || code.length !== 6}>
        {t(busy ? "leader.busy" : "leader.hand.out")}
      </button>
    </form>
  );
}
