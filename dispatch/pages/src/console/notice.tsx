import { useEffect, useRef, useState } from "preact/hooks";
import type { Outcome } from "../shared/http";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { sendUndo } from "./overrides_api";
import { problemWords, readable } from "./problem_words";

const NOTICE_MS = 5_000;
/** So long a change can be taken back from where it was made; later, from its order. */
const UNDO_MS = 30_000;

interface Said {
  message: string;
  /** The override that it is about, while it can be undone from here, or `BACK`; else empty. */
  made: string;
}

/** What was done is no override, but has a way back of its own. */
const BACK = "back";
const NOTHING: Said = { message: "", made: "" };

/** A line that says what came of an action, with the way back where there is one; it goes by itself. */
export function useNotice(token: string, zone: ZoneState) {
  const [notice, say] = useState<Said>(NOTHING);
  useEffect(() => {
    if (!notice.message) return;
    const timer = setTimeout(() => say(NOTHING), notice.made ? UNDO_MS : NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const back = useRef<() => Promise<Outcome>>(async () => ({ kind: "done" }));
  const undo = async (override_id: string) => {
    const undoing = () => sendUndo(token, zone.zone, override_id, t("overrides.undo.reason"));
    const outcome = await (override_id === BACK ? back.current() : undoing());
    say({ message: readable(problemWords(outcome), zone) || t("overrides.undone"), made: "" });
  };
  return {
    notice,
    undo,
    setNotice: (message: string) => say({ message, made: "" }),
    setMade: (message: string, made: string) => say({ message, made }),
    setBack: (message: string, way: () => Promise<Outcome>) => {
      back.current = way;
      say({ message, made: BACK });
    },
  };
}

export function Notice({ message, made, onUndo }: Said & { onUndo(override_id: string): void }) {
  if (!message) return null;
  return (
    <p class="notice" role="status">
      {message}
      {made && (
        <button type="button" class="notice-undo" onClick={() => onUndo(made)}>
          <Icon name="undo" />
          {t("overrides.undo")}
        </button>
      )}
    </p>
  );
}
