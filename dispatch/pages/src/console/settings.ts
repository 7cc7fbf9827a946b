import type { Handlers } from "./actions";
import type { May, Right } from "./may";

/** What of the zone is set at the desk, each with whoever may look at it. */
const SECTION_RIGHTS = {
  fees: ["read_fees"],
  policy: ["read_claim_policy"],
  sent: ["read_messages_sent", "manage_webhooks"],
  api_keys: ["manage_api_keys"],
} as const satisfies Readonly<Record<string, readonly Right[]>>;

export type Section = keyof typeof SECTION_RIGHTS;
export const SECTIONS = Object.keys(SECTION_RIGHTS) as Section[];

export function isSection(opened: string): opened is Section {
  return opened in SECTION_RIGHTS;
}

/** The sections that somebody may look at. */
export function sectionsFor(may: May): Section[] {
  return SECTIONS.filter((section) => SECTION_RIGHTS[section].some(may));
}

/** The way to the settings, and to each part of them that this person may look at. */
export function settingsHandlers(may: May, open: (section: Section) => void): Handlers {
  const sections = sectionsFor(may);
  const [first] = sections;
  const each = sections.map((section) => [section, () => open(section)] as const);
  return { ...Object.fromEntries(each), settings: first !== undefined && (() => open(first)) };
}
