import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { Refusal as Refused } from "../shared/call";
import { t } from "../shared/i18n";
import { useOnline } from "../shared/ui/hooks";
import { Icon } from "../shared/ui/icon";
import { type Looks, useLooks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { type Changed, type LeaderDesk, leaderDesk, type Parcel, type PointPage, type Refusal } from "./api";
import { Brought, Listed } from "./parcels";
import { numberOf, refusalWords, sorted } from "./words";

const LOOK_EVERY_MS = 10_000;
const GONE: ReadonlySet<string> = new Set(["unknown_link", "404"]);

/** What was done last, or why it was not. */
type Told = { kind: "done"; title: string; more?: string } | { kind: "problem"; title: string };

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
  const { fresh, kept } = sorted(page);
  /** Does something, tells what came of it, and looks again. */
  const act = async (doing: Promise<Changed>, done: (changed: readonly Parcel[]) => Told): Promise<Refused | null> => {
    const answer = await doing;
    tell(answer.ok ? done(answer.value.orders ?? []) : { kind: "problem", title: refusalWords(answer.refusal) });
    await onChanged();
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
      <HandOut onCode={(code) => act(desk.collect(code), ([parcel]) => handedOver(parcel))} />
      <p class={`told ${told?.kind ?? ""}`} role="status">
        {told && <Icon name={told.kind === "done" ? "check" : "alert"} />}
        {told && (
          <span>
            <strong>{told.title}</strong>
            {told.kind === "done" && told.more && <span class="soft"> {told.more}</span>}
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
      <section>
        <h2>{t("leader.lying", { n: page.lying_count - fresh.length })}</h2>
        <Listed parcels={kept} now_ms={page.now_ms} none={t("leader.lying.none")} onRefuse={refuse} />
        <More n={page.lying_count - page.lying.length} />
      </section>
      <section>
        <h2>{t("leader.expected", { n: page.expected_count })}</h2>
        <Listed parcels={page.expected} now_ms={page.now_ms} none={t("leader.expected.none")} />
        <More n={page.expected_count - page.expected.length} />
      </section>
    </>
  );
}

function handedOver(parcel: Parcel | undefined): Told {
  if (!parcel) return { kind: "done", title: t("leader.done", { number: "" }) };
  const what = parcel.lines.map(({ name, quantity }) => `${quantity} × ${name}`).join(", ");
  const more = [t("leader.done.to", { customer: parcel.customer }), what].filter(Boolean).join(" · ");
  return { kind: "done", title: t("leader.done", { number: numberOf(parcel) }), more };
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
