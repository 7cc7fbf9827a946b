import { useState } from "preact/hooks";
import { type Key, t, tCode } from "../shared/i18n";
import type { StopView } from "../shared/protocol/courier_messages";
import { type Task, taskKind } from "../shared/stop";
import { useCourier } from "./context";
import { go } from "./route";
import { WithStop } from "./stop";
import { Choice, MainAction, PageHead } from "./ui";

const WHY: Readonly<Record<Task, readonly string[]>> = {
  pickup: ["not_ready", "closed", "missing", "damaged", "too_big", "other"],
  dropoff: ["nobody_there", "wrong_address", "no_access", "refused", "no_document", "unsafe", "damaged", "other"],
  fetch: ["nobody_there", "wrong_address", "no_access", "not_ready", "refused", "unsafe", "too_big", "other"],
  bring: ["closed", "refused", "no_access", "unsafe", "other"],
  pass: ["nobody_there", "missing", "damaged", "unsafe", "other"],
  receive: ["nobody_there", "missing", "damaged", "too_big", "unsafe", "other"],
};
const KEEPS: Partial<Record<Task, Key>> = {
  dropoff: "courier.fail.keep",
  bring: "courier.fail.keep.bring",
  pass: "courier.fail.keep.pass",
};
const MAX_SAY = 300;

/** What went wrong at a stop: a reason from the list, and words where the list does not say it. */
export function FailPage({ stop_id }: { stop_id: string }) {
  return <WithStop stop_id={stop_id}>{(stop) => <Failing stop={stop} />}</WithStop>;
}

function Failing({ stop }: { stop: StopView }) {
  const { shift } = useCourier();
  const [why, setWhy] = useState("");
  const [say, setSay] = useState("");
  const { stop_id, kind, order_ids } = stop;
  const task = taskKind(stop);
  const words = say.trim();
  const ready = why !== "" && (why !== "other" || words !== "");
  const finish = () => {
    const reason = words ? `${why}: ${words}` : why;
    shift.progress({ stop_id, action: "failed", kind, order_ids, reason });
    go({ at: "route" }, true);
  };
  return (
    <>
      <main class="page">
        <PageHead title={t(`courier.fail.title.${task}`)} />
        <p class="next-address">{stop.address || stop.name}</p>
        <Choice
          label={t(`courier.fail.title.${task}`)}
          options={WHY[task].map((each) => ({ value: each, text: tCode("courier.why", each) }))}
          chosen={why}
          onChoose={setWhy}
        />
        <label class="field">
          <span>{t(why === "other" ? "courier.fail.say.needed" : "courier.fail.say")}</span>
          <textarea rows={3} maxLength={MAX_SAY} value={say} onInput={(event) => setSay(event.currentTarget.value)} />
        </label>
        {KEEPS[task] && <p class="faint">{t(KEEPS[task])}</p>}
      </main>
      <MainAction label={t(`courier.fail.do.${task}`)} sign="alert" tone="bad" disabled={!ready} onTap={finish} />
    </>
  );
}
