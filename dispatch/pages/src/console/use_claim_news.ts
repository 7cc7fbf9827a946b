import { useEffect, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { dueOf } from "./claims";
import { fetchClaims } from "./claims_api";
import { useNews } from "./desk_parts";

const LOOK_EVERY_MS = 30_000;
const MOST = 200;

/** Whoever may answer hears of a request that comes in, and of one whose answer is overdue. Without a zone nobody does. */
export function useClaimNews(token: string, zone: string, tell: (message: string) => void): void {
  const [due, setDue] = useState<ReturnType<typeof dueOf> | null>(null);
  useEffect(() => {
    if (!zone) return;
    let wanted = true;
    const look = async () => {
      const found = await fetchClaims(token, zone, { status: "requested", text: "" }, (claims) => claims, MOST);
      if (wanted && "claims" in found) setDue(dueOf(found.claims));
    };
    void look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [token, zone]);
  useNews(due?.waiting, () => tell(t("claims.news")));
  useNews(due?.overdue, () => tell(t("claims.news.overdue")));
}
