import { useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import type { StopView } from "../shared/protocol/courier_messages";
import { useCourier } from "./context";
import { go } from "./route";
import { WithStop } from "./stop";
import { Choice, MainAction, PageHead } from "./ui";

const WHY = {
  pickup: ["not_ready", "closed", "missing", "damaged", "too_big", "other"],
  dropoff: ["nobody_there", "wrong_address", "no_access", "refused", "no_document", "unsafe", "damaged", "other"],
} as const;
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
        <PageHead title={t(`courier.fail.title.${kind}`)} />
        <p class="next-address">{stop.address || stop.name}</p>
        <Choice
          label={t(`courier.fail.title.${kind}`)}
          options={WHY[kind].map((each) => ({ value: each, text: tCode("courier.why", each) }))}
          chosen={why}
          onChoose={setWhy}
        />
        <label class="field">
          <span>{t(why === "other" ? "courier.fail.say.needed" : "courier.fail.say")}</span>
          <textarea rows={3} maxLength={MAX_SAY} value={say} onInput={(event) => setSay(event.currentTarget.value)} />
        </label>
        {kind === "dropoff" && <p class="faint">{t("courier.fail.keep")}</p>}
      </main>
      <MainAction label={t(`courier.fail.do.${kind}`)} sign="alert" tone="bad" disabled={!ready} onTap={finish} />
    </>
  );
}
