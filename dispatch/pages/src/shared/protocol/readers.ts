import { RemoteProtocolError } from "./errors";

/**
 * Small readers that turn a parsed JSON value into what it should be, or throw. They are strict (nothing is
 * converted), skip unknown fields, and never quote what they refuse.
 */
export type Reader<Value> = (value: unknown) => Value;
/** A reader of a field that may be left out. */
export type Maybe<Value> = Reader<Value> & { readonly maybe: true };
/** One reader for every field of a type: the compiler sees to it that none is forgotten. */
export type Fields<Whole> = {
  readonly [Key in keyof Whole]-?: object extends Pick<Whole, Key>
    ? Maybe<Exclude<Whole[Key], undefined>>
    : Reader<Whole[Key]>;
};

type Plain = Readonly<Record<string, unknown>>;

function refuse(what: string): never {
  throw new RemoteProtocolError("invalid_message", what);
}

/** A number from `low` to `high`; NaN and the infinities are outside every range. */
export function number(low: number, high: number): Reader<number> {
  return (value) =>
    typeof value === "number" && value >= low && value <= high ? value : refuse(`Expected ${low} to ${high}`);
}

/** A number above 0, up to `high`. */
export function positive(high: number): Reader<number> {
  return (value) => (typeof value === "number" && value > 0 && value <= high ? value : refuse(`Expected 0 to ${high}`));
}

/** A whole number from `low` that JavaScript holds exactly. */
export function whole(low = 0): Reader<number> {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= low ? (value as number) : refuse("No integer");
}

/** A text of `low` to `high` characters (code points). */
export function text(high: number, low = 0): Reader<string> {
  return (value) => {
    if (typeof value !== "string" || value.length < low) refuse("Expected text");
    return value.length > high && [...value].length > high ? refuse(`Longer than ${high}`) : value;
  };
}

export const yesNo: Reader<boolean> = (value) =>
  typeof value === "boolean" ? value : refuse("Expected true or false");

/** One of these words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Reader<Word> {
  return (value) => (words.includes(value as Word) ? (value as Word) : refuse("Unknown value"));
}

/** Null, or what `reader` reads. */
export function nullOr<Value>(reader: Reader<Value>): Reader<Value | null> {
  return (value) => (value === null ? null : reader(value));
}

/** A list of `low` to `high` entries. */
export function list<Value>(entry: Reader<Value>, high: number, low = 0): Reader<readonly Value[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length < low || value.length > high)
      refuse(`Expected ${low} to ${high} entries`);
    return value.map((each, place) => at(`[${place}]`, entry, each));
  };
}

/** The field may be left out. */
export function maybe<Value>(reader: Reader<Value>): Maybe<Value> {
  return Object.assign((value: unknown) => reader(value), { maybe: true as const });
}

/** An object with these fields; others are dropped. */
export function struct<Whole extends object>(fields: Fields<Whole>): Reader<Whole> {
  const readers = Object.entries(fields) as [string, Reader<unknown> | Maybe<unknown>][];
  return (value) => {
    const given = plain(value);
    const read: Record<string, unknown> = {};
    for (const [name, reader] of readers) {
      if (given[name] !== undefined) read[name] = at(`.${name}`, reader, given[name]);
      else if (!("maybe" in reader)) refuse(`Missing field .${name}`);
    }
    return read as Whole;
  };
}

/** One of several structs, named by the field `tag`. */
export function tagged<Whole extends object, Tag extends string & keyof Whole>(
  tag: Tag,
  readers: { readonly [Name in Whole[Tag] & string]: Reader<Extract<Whole, Record<Tag, Name>>> },
): Reader<Whole> {
  const known = new Map<unknown, Reader<Whole>>(Object.entries(readers) as [string, Reader<Whole>][]);
  return (value) => (known.get(plain(value)[tag]) ?? refuse(`Unknown .${tag}`))(value);
}

function plain(value: unknown): Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : refuse("No object");
}

/** Read what is at a place, and name the place if it is refused. */
function at<Value>(place: string, reader: Reader<Value>, value: unknown): Value {
  try {
    return reader(value);
  } catch (error) {
    throw error instanceof RemoteProtocolError
      ? new RemoteProtocolError(error.code, `${place}: ${error.message}`)
      : error;
  }
}
