import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { newKey, type Outcome } from "../http";
import { t } from "../i18n";

type Asked = { kind: "no" | "asking" } | { kind: "joined"; number: string } | { kind: "refused"; words: string };

interface Given {
  /** Asks the server for the number to dial; the same key asks for the same call. */
  ask(key: string): Promise<Outcome>;
  /** Why it was not joined, in the reader's language. */
  words?: (outcome: Outcome) => string;
  class: string;
  children: ComponentChildren;
}

/** A call by a number that is nobody's own: asked for when it is wanted, then dialled. The number stays to be tapped
 * where the browser does not dial by itself.
 */
export function MaskedCall({ ask, words = callProblem, class: look, children }: Given) {
  const [asked, setAsked] = useState<Asked>({ kind: "no" });
  const key = useRef("");
  if (asked.kind === "joined") return <Dial number={asked.number} class={look} />;
  const join = async () => {
    key.current ||= newKey();
    setAsked({ kind: "asking" });
    const outcome = await ask(key.current);
    if (outcome.kind !== "unreachable") key.current = "";
    if (outcome.kind !== "done") return setAsked({ kind: "refused", words: words(outcome) });
    const { number } = outcome.body as { number: string };
    setAsked({ kind: "joined", number });
    location.assign(`tel:${number}`);
  };
  return (
    <>
      <button type="button" class={look} disabled={asked.kind === "asking"} onClick={() => void join()}>
        {children}
      </button>
      {asked.kind === "refused" && (
        <p class="call-refused" role="alert">
          {asked.words}
        </p>
      )}
    </>
  );
}

/** Takes the place of the button, and its focus. */
function Dial({ number, class: look }: { number: string; class: string }) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => link.current?.focus(), []);
  return (
    <a class={look} href={`tel:${number}`} ref={link}>
      {t("call.dial", { number })}
    </a>
  );
}

const CODES = ["no_calls", "no_call_now", "no_number", "call_failed"] as const;

/** Why a call was not joined: what happened, and what to do. */
export function callProblem(outcome: Outcome): string {
  const code = outcome.kind === "refused" ? CODES.find((each) => each === outcome.code) : undefined;
  if (code) return t(`call.code.${code}`);
  return outcome.kind === "refused" ? outcome.detail : t("call.unreachable");
}
