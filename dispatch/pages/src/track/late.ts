import { useEffect, useState } from "preact/hooks";
import { whenPainted } from "../shared/marks";

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

type Late<T> = { is: "coming" } | { is: "failing" } | { is: "here"; it: T };

/**
 * Code that the page can do without at first: it is fetched once `wanted` is on the screen, and again until it comes.
 * Not every browser asks for a module anew that failed once: while it is failing, offer the reader to load the page again.
 */
export function useLate<T extends object>(wanted: boolean, load: () => Promise<T>): Late<T> {
  const [late, setLate] = useState<Late<T>>({ is: "coming" });
  useEffect(() => {
    if (!wanted) return;
    let over = false;
    let timer = 0;
    const attempt = (rest_ms: number) =>
      load().then(
        (it) => over || setLate({ is: "here", it }),
        () => {
          if (over) return;
          setLate({ is: "failing" });
          timer = setTimeout(attempt, rest_ms, Math.min(2 * rest_ms, LONGEST_REST_MS));
        },
      );
    whenPainted(() => over || void attempt(FIRST_REST_MS));
    return () => {
      over = true;
      clearTimeout(timer);
    };
    // What is loaded never changes
  }, [wanted]);
  return late;
}
