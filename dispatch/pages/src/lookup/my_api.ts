import { type Answer, call } from "../shared/call";
import { currentLang } from "../shared/i18n";
import type { SavedAddress, Session } from "../shared/shopper";
import type { FoundPlace } from "../shared/ui/places";
import type { FoundOrder } from "./api";

/** A page of one's orders, the newest first; `next` is where it goes on. */
export interface MyOrders {
  now_ms: number;
  orders: readonly FoundOrder[];
  next?: string;
}

/** What a shopper may ask of their own account. */
export interface Mine {
  token(): Promise<Answer<Session>>;
  orders(before: string): Promise<Answer<MyOrders>>;
  addresses(): Promise<Answer<{ addresses: readonly SavedAddress[] }>>;
  keepAddress(address: SavedAddress): Promise<Answer<SavedAddress>>;
  dropAddress(id: string): Promise<Answer<unknown>>;
  places(typed: string): Promise<Answer<{ addresses: readonly FoundPlace[] }>>;
  nearest(lat: number, lon: number): Promise<Answer<{ addresses: readonly FoundPlace[] }>>;
  signOutEverywhere(): Promise<Answer<unknown>>;
  askErasureCode(phone: string): Promise<Answer<unknown>>;
  erase(phone: string, code: string): Promise<Answer<unknown>>;
}

const OVER = new Set(["session_ended", "token_expired", "bad_token"]);

/** `onOver` hears when the token is worth nothing any more. */
export function mineOf(token: string, onOver: () => void): Mine {
  const ask = async <T>(path: string, given: Parameters<typeof call>[1] = {}): Promise<Answer<T>> => {
    const answer = await call<T>(`/v1/my${path}`, { ...given, token });
    if (!answer.ok && OVER.has(answer.refusal.code)) onOver();
    return answer;
  };
  const at = (id: string) => `/addresses/${encodeURIComponent(id)}`;
  return {
    token: () => ask("/token", { method: "POST" }),
    orders: (before) => ask(`/orders${before && `?before=${encodeURIComponent(before)}`}`),
    addresses: () => ask("/addresses"),
    keepAddress: ({ id, ...body }) => ask(at(id), { method: "PUT", body }),
    dropAddress: (id) => ask(at(id), { method: "DELETE" }),
    places: (typed) => ask(`/places?q=${encodeURIComponent(typed)}`),
    nearest: (lat, lon) => ask(`/places?lat=${lat}&lon=${lon}`),
    signOutEverywhere: () => ask(":sign-out", { method: "POST" }),
    askErasureCode: (phone) => ask("/erasure-code", { body: { phone, lang: currentLang() } }),
    erase: (phone, code) => ask(":erase", { body: { phone, code } }),
  };
}
