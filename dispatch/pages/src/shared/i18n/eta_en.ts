/** Why arrival times change, how they were told and how well that was kept, in English. */
export const etaEn = {
  "eta.cause.plan": "first plan",
  "eta.cause.traffic": "traffic",
  "eta.cause.weather": "weather",
  "eta.cause.queue": "other orders on the way",
  "eta.cause.courier": "the courier's pace",
  "eta.cause.depot": "the goods at the depot",
  "eta.cause.address": "the address",
  "eta.moved": "{cause}, was {time}",
  "eta.why": "Last change",
  "eta.history": "How the arrival was told",
  "eta.history.failed": "This cannot be loaded.",
  "eta.history.none": "Nothing has been told yet.",
  "eta.told": "Told",
  "eta.expected": "Expected",
  "eta.latest": "Latest",
  "eta.because": "Why",
  "eta.arrived": "At the door {time}.",

  "cut_off.road closed": "a street is closed",
  "order.cut_off": "Cannot be reached: {reason}; it goes on by itself when the street opens.",
} as const;

export type EtaTexts = Readonly<Record<keyof typeof etaEn, string>>;
