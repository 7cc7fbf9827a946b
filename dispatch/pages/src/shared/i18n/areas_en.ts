/** The parts of the zone, in English. */
export const areasEn = {
  "areas.title": "Areas",
  "keys.areas": "Areas",
  "areas.explained": "Parts of the zone that couriers know: who calls one their home is preferred there.",
  "areas.new": "Draw an area",
  "areas.redraw": "Draw it anew",
  "areas.failed": "The areas cannot be loaded just now.",
  "areas.none": "No areas yet. Draw the first one on the map.",
  "areas.inside": "{orders} open orders ({late} will be late) · {couriers} couriers · {depots} depots",
  "areas.draw.more": "Click on the map: {n} more corners at least.",
  "areas.draw.enough": "Go on, or finish with a double click.",
  "areas.draw.finish": "That is it",
  "areas.draw.undo": "Take back a corner",
  "areas.draw.cancel": "Cancel",
  "areas.name": "Name",
  "areas.save": "Save",
  "areas.saved": "{name} is saved.",
  "areas.remove": "Remove",
  "areas.remove.sure": "Yes, remove it",
  "areas.removed": "{name} is removed.",
  "areas.problem.ring": "The border crosses or touches itself; draw it around in one line.",
  "areas.problem.in_use": "Couriers call this area their home; give them other areas first.",
  "areas.problem.name": "The name is too long, or has signs that cannot be shown.",
} as const;

export type AreasTexts = Readonly<Record<keyof typeof areasEn, string>>;
