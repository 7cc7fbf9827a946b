import { useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { draftOf, keepDraft } from "../shared/drafts";
import { newKey } from "../shared/http";
import { t } from "../shared/i18n";
import { Alert } from "../shared/ui/alert";
import { Icon } from "../shared/ui/icon";
import { PaperButtons } from "../shared/ui/paper_buttons";
import type { Account } from "./api";
import { DropForm } from "./drop_form";
import {
  bodyOf,
  type DeliveryDraft,
  type Drop,
  type Faults,
  faultsFrom,
  faultsOf,
  filledLines,
  firstDrop,
  MOST_DROPS,
  nextDrop,
} from "./drops";
import { refusalWords } from "./words";

interface NewProps {
  account: Account;
  approved: boolean;
}

/** Orders that the server has taken. */
interface Taken {
  ids: readonly string[];
  number: string;
  /** One of them waits, for an address that was not found or for goods. */
  held: number;
}

/** A delivery with one drop or several, each with a window of its own. What was typed stays for the tab. */
export function NewDelivery({ account, approved }: NewProps) {
  const name = `delivery.${account.id}.${account.zone}`;
  const [draft, setDraft] = useState<DeliveryDraft>(() => kept(name) ?? anew(account.now()));
  const [faults, setFaults] = useState<ReadonlyMap<number, Faults>>(new Map());
  const [taken, setTaken] = useState<Taken | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = useRef({ of: "", key: "" });
  useEffect(() => keepDraft(name, isEmpty(draft) ? "" : JSON.stringify(draft)), [name, draft]);
  const change = (drop: Drop) => {
    setDraft({ ...draft, drops: draft.drops.map((each) => (each.key === drop.key ? drop : each)) });
    if (faults.has(drop.key)) setFaults(new Map([...faults].filter(([key]) => key !== drop.key)));
  };
  const send = async (event: Event) => {
    event.preventDefault();
    const wrong = new Map(draft.drops.map((drop) => [drop.key, faultsOf(drop)] as const));
    const bad = [...wrong].filter(([, each]) => Object.keys(each).length > 0);
    setFaults(new Map(bad));
    setRefusal(null);
    if (bad.length > 0) return showFirst();
    const orders = draft.drops.map((drop) => bodyOf(drop, draft.number, account.zone));
    // The same drops again, after a lost answer, are the same orders.
    const of = JSON.stringify(orders);
    if (attempt.current.of !== of) attempt.current = { of, key: newKey() };
    setBusy(true);
    const answer = await account.place(orders, attempt.current.key);
    setBusy(false);
    if (!answer.ok) return setRefusal(answer.refusal);
    const refused = new Map<number, Faults>();
    const ids: string[] = [];
    let held = 0;
    draft.drops.forEach((drop, i) => {
      const result = answer.value.results[i];
      if (result?.order) ids.push(result.order.id);
      if (result?.order?.status === "held") held += 1;
      if (result?.problem) refused.set(drop.key, faultsFrom(result.problem, filledLines(drop)));
    });
    const before = taken ?? { ids: [], number: "", held: 0 };
    if (ids.length > 0) {
      setTaken({ ids: [...before.ids, ...ids], number: draft.number, held: before.held + held });
    }
    const left = draft.drops.filter(({ key }) => refused.has(key));
    setDraft(left.length > 0 ? { ...draft, drops: left } : anew(account.now()));
    setFaults(refused);
    if (refused.size > 0) showFirst();
  };
  return (
    <form class="delivery-form" noValidate onSubmit={send}>
      <h1>{t("dist.new.title")}</h1>
      {!approved && <Alert>{t("dist.new.not.approved")}</Alert>}
      {taken && <TakenNote taken={taken} token={account.token} left={faults.size} onClose={() => setTaken(null)} />}
      <label class="field">
        <span>{t("dist.new.number")}</span>
        <input
          type="text"
          maxLength={100}
          autocomplete="off"
          value={draft.number}
          onInput={(event) => setDraft({ ...draft, number: event.currentTarget.value })}
        />
        <small class="faint">{t("dist.new.number.hint")}</small>
      </label>
      {draft.drops.map((drop, i) => (
        <DropForm
          key={drop.key}
          account={account}
          drop={drop}
          place={i + 1}
          faults={faults.get(drop.key) ?? {}}
          onChange={change}
          {...(draft.drops.length > 1 && {
            onRemove: () => setDraft({ ...draft, drops: draft.drops.filter(({ key }) => key !== drop.key) }),
          })}
        />
      ))}
      {draft.drops.length < MOST_DROPS ? (
        <button
          type="button"
          class="button"
          onClick={() => setDraft({ ...draft, drops: [...draft.drops, nextDrop(draft.drops, account.now())] })}
        >
          <Icon name="plus" />
          {t("dist.new.add")}
        </button>
      ) : (
        <p class="faint">{t("dist.new.most", { n: MOST_DROPS })}</p>
      )}
      {refusal && <Alert>{refusalWords(refusal)}</Alert>}
      <footer class="form-foot">
        <button type="submit" class="button primary" disabled={busy || !approved}>
          {t(busy ? "staff.busy" : draft.drops.length === 1 ? "dist.new.send.one" : "dist.new.send", {
            n: draft.drops.length,
          })}
        </button>
      </footer>
    </form>
  );
}

interface TakenProps {
  taken: Taken;
  token: string;
  /** Drops that were not taken, and stand below. */
  left: number;
  onClose(): void;
}

function TakenNote({ taken, token, left, onClose }: TakenProps) {
  return (
    <div class={`told ${left > 0 ? "waiting" : "done"}`} role="status" data-taken={taken.ids.length}>
      <Icon name="check" />
      <div>
        <p>
          <strong>{t("dist.new.taken", { n: taken.ids.length })}</strong>
          {left > 0 && ` ${t("dist.new.left", { n: left })}`}
          {taken.held > 0 && ` ${t("dist.new.held", { n: taken.held })}`}
        </p>
        <PaperButtons token={token} order_ids={taken.ids} name={taken.number} />
        <div class="actions">
          <a class="button" href="#/orders">
            {t("dist.new.look")}
          </a>
          <button type="button" class="button" onClick={onClose}>
            {t("drawer.close")}
          </button>
        </div>
      </div>
    </div>
  );
}

function anew(now_ms: number): DeliveryDraft {
  return { number: "", drops: [firstDrop(now_ms)] };
}

function isEmpty({ number, drops }: DeliveryDraft): boolean {
  return !number && drops.every(({ address, name, phone, ref }) => !address && !name && !phone && !ref);
}

/** What was typed before the page was loaded again. */
function kept(name: string): DeliveryDraft | null {
  try {
    const found = JSON.parse(draftOf(name) || "null") as DeliveryDraft | null;
    return found?.drops?.length ? found : null;
  } catch {
    return null;
  }
}

/** The first field that is wrong comes into sight, once it is drawn as such. */
function showFirst(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}
