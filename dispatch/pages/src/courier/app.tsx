import { Component, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { Store } from "../shared/store/store";
import { useTick } from "../shared/ui/hooks";
import type { Looks } from "../shared/ui/looks";
import type { Account } from "./account";
import { CourierContext, useCourier } from "./context";
import { FailPage } from "./fail_page";
import { GivePage } from "./give_page";
import { RoutePage } from "./home";
import { MessagesPage, ThreadPage } from "./messages_page";
import { MorePage } from "./more_page";
import { Notices, UndoBar } from "./notices";
import { Offers } from "./offer";
import { go, type Tab, tabOf, useWhere, type Where } from "./route";
import type { Shift } from "./shift";
import { shown } from "./shown";
import { Sign, type SignName } from "./sign";
import { StopPage } from "./stop";
import { Strip } from "./strip";
import { TakePage } from "./take_page";
import { unreadCount } from "./threads";
import { TodayPage } from "./today_page";
import { Blank, MainAction } from "./ui";
import { applyUpdate } from "./worker";

interface AppProps {
  shift: Shift;
  account: Account;
  looks: Looks;
  onSignOut(): void;
  /** Take the session back to this phone or window. */
  onUseHere(): void;
}

/** The app of a courier who is signed in. */
export function CourierApp({ shift, account, looks, onSignOut, onUseHere }: AppProps) {
  const view = useStoreNow(shift.store);
  const status = useStoreNow(shift.status);
  const online = useOnline();
  const where = useWhere();
  useTick(1000);
  useEffect(() => {
    const timer = setInterval(() => shift.refresh(), 5_000);
    return () => clearInterval(timer);
  }, [shift]);
  const now = shown(view);
  const { link } = status;
  usePublished({
    view: where.at,
    link: link.kind,
    duty: now.duty,
    known: view.known ? "1" : "",
    courier: account.courier_id,
  });
  const courier = { shift, account, looks, view, now, status, online, now_ms: shift.phone.now_ms() };
  return (
    <CourierContext.Provider value={courier}>
      <Strip />
      <Notices />
      {link.kind === "ended" ? (
        <Ended code={link.code} onUseHere={onUseHere} onSignOut={onSignOut} />
      ) : !view.known ? (
        <Loading />
      ) : (
        <>
          <Page where={where} onSignOut={onSignOut} />
          <UndoBar />
          {!("stop_id" in where) && <Tabs where={where} />}
          <Offers />
        </>
      )}
    </CourierContext.Provider>
  );
}

function Page({ where, onSignOut }: { where: Where; onSignOut(): void }) {
  switch (where.at) {
    case "messages":
      return <MessagesPage />;
    case "thread":
      return <ThreadPage key={where.order_id} order_id={where.order_id} />;
    case "today":
      return <TodayPage />;
    case "more":
      return <MorePage onSignOut={onSignOut} />;
    case "stop":
      return <StopPage stop_id={where.stop_id} />;
    case "take":
      return <TakePage key={where.stop_id} stop_id={where.stop_id} />;
    case "give":
      return <GivePage key={where.stop_id} stop_id={where.stop_id} />;
    case "fail":
      return <FailPage key={where.stop_id} stop_id={where.stop_id} />;
    default:
      return <RoutePage />;
  }
}

const TABS: readonly { tab: Tab; sign: SignName }[] = [
  { tab: "route", sign: "route" },
  { tab: "messages", sign: "message" },
  { tab: "today", sign: "today" },
  { tab: "more", sign: "more" },
];

function Tabs({ where }: { where: Where }) {
  const { view } = useCourier();
  const unread = unreadCount(view);
  return (
    <nav class="tabs" aria-label={t("courier.app")}>
      {TABS.map(({ tab, sign }) => (
        <button
          key={tab}
          type="button"
          aria-current={tab === tabOf(where) ? "page" : undefined}
          onClick={() => go({ at: tab })}
        >
          <Sign name={sign} />
          <span>{t(`courier.tab.${tab}`)}</span>
          {tab === "messages" && unread > 0 && <span class="badge">{unread}</span>}
        </button>
      ))}
    </nav>
  );
}

function Loading() {
  return (
    <main class="page" aria-busy="true">
      <div class="skeleton map-skeleton" />
      <div class="skeleton line-skeleton" />
      <div class="skeleton line-skeleton short" />
      <p class="faint centred" role="status">
        {t("courier.loading")}
      </p>
    </main>
  );
}

/** 3502: another phone or window has taken over; 3503, 3504 and 3505: this app is too old for the server. */
function Ended(props: { code: number; onUseHere(): void; onSignOut(): void }) {
  const { code, onUseHere, onSignOut } = props;
  const superseded = code === 3502;
  return (
    <>
      <main class="page">
        <Blank
          sign={superseded ? "door" : "alert"}
          title={t(superseded ? "courier.ended.superseded" : "courier.ended.old")}
          note={t(superseded ? "courier.ended.superseded.note" : "courier.ended.old.note")}
        />
      </main>
      {superseded ? (
        <MainAction label={t("courier.ended.here")} sign="bag" onTap={onUseHere}>
          <button type="button" class="side-action" onClick={onSignOut}>
            {t("courier.more.signout")}
          </button>
        </MainAction>
      ) : (
        <MainAction label={t("courier.update.go")} sign="undo" onTap={applyUpdate} />
      )}
    </>
  );
}

/** What tests and benches read, on `<html>`. */
function usePublished(data: Readonly<Record<string, string>>): void {
  useEffect(() => {
    document.title = t("courier.app");
    Object.assign(document.documentElement.dataset, data);
  });
}

/** The store's state at once: a tap must show within the next frame. */
function useStoreNow<State, Change>(store: Store<State, Change>): State {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state);
    return store.subscribe(setState);
  }, [store]);
  return state;
}

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    look(); // it may have changed since the first render
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return online;
}

/** A bug in a view must not leave a white screen in the rain: what was done is kept, and the app opens again. */
export class Guard extends Component<{ children: ComponentChildren }, { broken: boolean }> {
  override state = { broken: false };

  override componentDidCatch(error: unknown): void {
    console.error("courier:", error);
    this.setState({ broken: true });
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <>
        <main class="page">
          <Blank sign="alert" title={t("courier.error")} note={t("courier.error.note")} />
        </main>
        <MainAction label={t("courier.update.go")} sign="undo" onTap={() => location.assign("/courier")} />
      </>
    );
  }
}
