import type {
  CourierAction,
  Fix,
  Offered,
  Progress,
  Push,
  Resync,
  StreamPosition,
} from "../shared/protocol/courier_messages";
import { Store } from "../shared/store/store";
import type { Doing, Kept, Phone, PhoneEvent, PhoneLink, PhoneQueue } from "./port";
import { shown } from "./shown";
import { reduceView } from "./state";
import { EMPTY_VIEW, type Past, type View, type ViewEvent } from "./view";

/** What the views show beside the shift itself: the link, what waits here, the own place. Not kept. */
export interface Status {
  link: PhoneLink;
  queue: PhoneQueue;
  fix: Fix | null;
  trouble: "denied" | "unavailable" | "";
}

export interface ShiftParts {
  phone: Phone<View>;
  kept: Kept<View>;
  /** The phone's own clock, epoch milliseconds. */
  wall?: () => number;
  /** An offer has just come in. */
  onOffer?(offer: Offered): void;
}

/** So often the view notes that it is the newest, business time. */
const FRESH_EVERY_MS = 15_000;

/**
 * One courier's shift on this phone: hears what the phone tells, keeps the view, and does what is tapped. Every tap
 * shows at once, before the disk and the server have it.
 */
export class Shift {
  readonly store: Store<View, ViewEvent>;
  readonly status: Store<Status, Partial<Status>>;
  readonly phone: Phone<View>;
  private readonly wall: () => number;
  private position: StreamPosition | null;
  private readonly end: () => void;

  constructor(private readonly parts: ShiftParts) {
    const { phone, kept } = parts;
    this.phone = phone;
    this.wall = parts.wall ?? Date.now;
    this.position = kept.position;
    this.store = new Store(reduceView, EMPTY_VIEW);
    this.store.apply([{ kind: "restored", view: kept.view, actions: kept.actions }]);
    const status = { link: phone.link, queue: phone.queue, fix: null, trouble: "" } as const;
    this.status = new Store<Status, Partial<Status>>((now, change) => ({ ...now, ...change }), status);
    this.end = phone.subscribe((event) => this.heard(event));
  }

  get view(): View {
    return this.store.state;
  }

  start(): void {
    this.watchPlace();
    this.phone.start();
  }

  stop(): void {
    this.end();
  }

  // --- what the courier does --------------------------------------------------------------------------------------

  do(doing: Doing): string {
    const at_ms = this.phone.now_ms();
    const id = this.phone.act(doing);
    this.apply({ kind: "did", action: { ...doing, id, at_ms } as CourierAction, wall_ms: this.wall() });
    return id;
  }

  /** Progress at a stop, always with its orders, its kind and the place: it then counts whatever has changed meanwhile. */
  progress(given: Pick<Progress, "stop_id" | "action" | "kind" | "order_ids"> & Partial<Progress>): string {
    const { fix } = this.status.state;
    return this.do({ t: "progress", ...(fix && { lat: fix.lat, lon: fix.lon }), ...given });
  }

  /** Take back what was done last: before the server hears of it, else by telling the server so. */
  undo(past: Past): void {
    if (this.phone.withdraw(past.action_id)) this.apply({ kind: "withdrawn", id: past.action_id });
    else this.do({ t: "undo", stop_id: past.stop.stop_id });
  }

  /** A change of what is shown that nobody else need know of. */
  apply(event: ViewEvent): void {
    this.store.apply([event]);
    this.save();
    this.watchPlace();
  }

  // --- what the phone tells ---------------------------------------------------------------------------------------

  private heard(event: PhoneEvent): void {
    switch (event.kind) {
      case "push":
        this.pushed(event.push);
        break;
      case "resync":
        this.resynced(event.resync);
        break;
      case "kept":
        this.apply({ kind: "kept", id: event.action.id });
        break;
      case "settled":
        this.apply({ ...event, at_ms: this.phone.now_ms() });
        break;
      default:
        this.noted(event);
    }
  }

  private resynced({ duty, route, offers = [], said = [], epoch, seq }: Resync): void {
    this.position = { epoch, seq };
    this.apply({ kind: "resync", duty, route, offers, said, at_ms: this.phone.now_ms() });
  }

  private noted(event: PhoneEvent): void {
    if (event.kind === "link") {
      this.status.apply([{ link: event.link }]);
      this.refresh();
    } else if (event.kind === "queue") this.status.apply([{ queue: event.queue }]);
    else if (event.kind === "place") this.status.apply([{ fix: event.fix, trouble: "" }]);
    else if (event.kind === "place_trouble") this.status.apply([{ trouble: event.code }]);
  }

  private pushed({ epoch, seq, at_ms, facts }: Push): void {
    this.position = { epoch, seq };
    this.apply({ kind: "push", facts, seq, at_ms });
    this.phone.handled(seq);
    for (const fact of facts) if (fact.kind === "offered") this.parts.onOffer?.(fact);
  }

  /** While the link is live, what is shown is the newest; when it breaks, the view remembers since when it is not. */
  refresh(): void {
    const now_ms = this.phone.now_ms();
    const live = this.status.state.link.kind === "live";
    if (live && this.view.known && now_ms - this.view.fresh_at_ms > FRESH_EVERY_MS)
      this.apply({ kind: "fresh", at_ms: now_ms });
  }

  private save(): void {
    this.phone.saveView(this.view, this.position);
  }

  private watchPlace(): void {
    this.phone.watchPlace(shown(this.view).duty !== "off_duty");
  }
}
