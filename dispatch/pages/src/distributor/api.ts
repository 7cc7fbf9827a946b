import { type Answer, call, type FieldProblem } from "../shared/call";
import type { Distributor, LicenceKind, Month } from "../shared/distributors";
import { fetchAs } from "../shared/http";
import type { OrderView } from "../shared/protocol/messages";
import type { FoundPlace } from "../shared/ui/places";

/** Orders of the account, the newest first; `next` is where looking for more goes on. Times are business time. */
export interface OrdersFound {
  now_ms: number;
  orders: readonly OrderView[];
  next: string;
}

/** The drops of one delivery, by their windows; an order that is no drop, alone. */
export interface Drops {
  now_ms: number;
  drop_of: string;
  orders: readonly OrderView[];
  /** What is in the order that was asked for. */
  lines: readonly { name: string; quantity: number }[];
}

export interface OrderQuery {
  text: string;
  statuses: readonly string[];
  before?: string;
  limit: number;
}

export interface LicenceWish {
  kind: LicenceKind;
  number: string;
  expires_at_ms: number;
}

export interface Application {
  name: string;
  contact: string;
  phone: string;
  licences: readonly LicenceWish[];
}

/** What became of one order of a batch. */
export interface Placed {
  status: number;
  order?: { id: string; status: string; reason?: string };
  problem?: { code?: string; detail: string; errors?: readonly FieldProblem[] };
}

/** What a distributor may ask of their own account in a zone. */
export interface Account {
  readonly id: string;
  readonly zone: string;
  readonly token: string;
  /** Business time, as far as the server has told it: in a demo it runs faster than the clock on the wall. */
  now(): number;
  mine(): Promise<Answer<Distributor>>;
  apply(application: Application): Promise<Answer<Distributor>>;
  months(days: number): Promise<Answer<{ months: readonly Month[]; complete: boolean }>>;
  /** The same as a table for a spreadsheet; null when it cannot be had. */
  monthsTable(days: number): Promise<Blob | null>;
  search(query: OrderQuery): Promise<Answer<OrdersFound>>;
  /** All drops of the delivery that the order is one of. */
  drops(id: string): Promise<Answer<Drops>>;
  place(orders: readonly object[], key: string): Promise<Answer<{ results: readonly Placed[] }>>;
  cancel(id: string, reason: string): Promise<Answer<{ status?: string }>>;
  places(typed: string): Promise<Answer<{ addresses: readonly FoundPlace[] }>>;
}

export function accountOf(token: string, zone: string, id: string): Account {
  const at = `/v1/distributors/${encodeURIComponent(id)}`;
  const here = `zone=${encodeURIComponent(zone)}`;
  let skew_ms = 0;
  const timed = <T extends { now_ms: number }>(answer: Answer<T>): Answer<T> => {
    if (answer.ok) skew_ms = answer.value.now_ms - Date.now();
    return answer;
  };
  const one = (order_id: string) => `/v1/orders/${encodeURIComponent(order_id)}`;
  return {
    id,
    zone,
    token,
    now: () => Date.now() + skew_ms,
    mine: () => call(`${at}?${here}`, { token }),
    apply: (application) => call(at, { method: "PUT", body: { ...application, zone }, token }),
    months: (days) => call(`${at}/performance?${here}&days=${days}`, { token }),
    async monthsTable(days) {
      try {
        const headers = { accept: "text/csv" };
        const response = await fetchAs(token, `${at}/performance?${here}&days=${days}`, { headers });
        return response.ok ? await response.blob() : null;
      } catch {
        return null;
      }
    },
    async search({ text, statuses, before, limit }) {
      const query = new URLSearchParams({ zone, limit: String(limit), q: text, status: statuses.join(",") });
      if (before) query.set("before", before);
      return timed(await call<OrdersFound>(`/v1/orders:search?${query}`, { token }));
    },
    drops: async (order_id) => timed(await call<Drops>(`${one(order_id)}/drops`, { token })),
    place: (orders, key) => call("/v1/orders:batch", { body: { orders }, token, key }),
    cancel: (order_id, reason) => call(`${one(order_id)}/cancel`, { body: { reason }, token }),
    places: (typed) => call(`/v1/addresses?${here}&q=${encodeURIComponent(typed)}`, { token }),
  };
}
