import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** What is under a moment of the past, and how to go to another one. */
export interface PastView {
  /** The moment that is looked at; null: now. */
  at_ms: number | null;
  seek(at_ms: number): void;
  leave(): void;
}

export const Past = createContext<PastView>({ at_ms: null, seek: () => {}, leave: () => {} });

export function usePast(): PastView {
  return useContext(Past);
}
