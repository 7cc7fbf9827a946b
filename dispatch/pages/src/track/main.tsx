import { render } from "preact";
import { currentLang, setLang } from "../shared/i18n";
import { reached } from "../shared/marks";
import { BusinessClock } from "../shared/protocol/clock";
import { takeEarly } from "../shared/protocol/early";
import { type LinkState, LiveClient, liveUrl } from "../shared/protocol/live";
import { Store } from "../shared/store/store";
import { EMPTY_TRACK, reduceTrack } from "../shared/store/track";
import { applyTheme, storedTheme } from "../shared/theme";
import { TrackPage } from "./page";

applyTheme(storedTheme());
setLang(currentLang());

const token = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const clock = new BusinessClock();
const store = new Store(reduceTrack, EMPTY_TRACK);
const link = new Store<LinkState, LinkState>((_, next) => next, { kind: "connecting" });

const live = new LiveClient({
  url: liveUrl(),
  credentials: { track: token },
  clock,
  early: takeEarly(),
  onData(messages) {
    store.apply(messages);
    if (store.state.fix) reached("first-fix");
  },
  onLink: (state) => link.apply([state]),
});

addEventListener("online", () => live.nudge());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") live.nudge();
});

const page = document.getElementById("page");
if (page) {
  page.replaceChildren();
  render(<TrackPage store={store} link={link} clock={clock} token={token} />, page);
}
live.start();
