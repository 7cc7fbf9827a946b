import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import type { Handlers } from "./actions";
import { isAsked, isClosed } from "./cases";
import { caseDesk } from "./cases_api";
import type { May } from "./may";
import { problemWords } from "./problem_words";
import type { Selection } from "./selection";

interface Around {
  zone: ZoneState;
  selection: Selection | null;
  token: string;
  may: May;
  isPast: boolean;
  onNotice(message: string): void;
}

/** What the keys do about the case that is open. */
export function caseHandlers({ zone, selection, token, may, isPast, onNotice }: Around): Handlers {
  const conflict = selection?.kind === "case" ? zone.cases.get(selection.id) : undefined;
  if (!conflict || isPast || isClosed(conflict) || !may("handle_case")) return {};
  const take = async () => {
    const outcome = await caseDesk(token, zone.zone, conflict.id).assign();
    onNotice(problemWords(outcome) || t("case.taken"));
  };
  return {
    take: () => void take(),
    solve: isAsked(conflict) && (() => goTo("solution")),
    follow: () => goTo("follow"),
  };
}

/** Where something of the case is written, unfolded where it has to be. */
function goTo(box: "solution" | "follow"): void {
  const field = document.querySelector<HTMLElement>(`[data-box=${box}]`);
  const fold = field?.closest("details");
  if (fold) fold.open = true;
  field?.focus();
}
