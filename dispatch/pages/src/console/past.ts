import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** Which moment the desk shows, and how to go to another one. */
export interface PastView {
  /** Business time; null: now. */
  at_ms: number | null;
  seek(at_ms: number): void;
}

export const Past = createContext<PastView>({ at_ms: null, seek: () => {} });

export function usePast(): PastView {
  return useContext(Past);
}
