import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";
import type { CourierAction, Fix, StreamPosition } from "../shared/protocol/courier_messages";
import type { ClockNote } from "./phone_clock";
import type { KeptToken } from "./token";
import type { Picture } from "./uploads";

/** A place of an entry among its kind: entries go out in this order. */
interface Placed<Value> {
  place: number;
  value: Value;
}

interface Facts {
  device_id: string;
  token: KeptToken;
  clock: ClockNote;
  /** What the views held, with its place of the stream: one record, so that neither is ever older than the other. */
  view: { view: unknown; position: StreamPosition | null };
}

interface Schema extends DBSchema {
  actions: { key: string; value: Placed<CourierAction> };
  pictures: { key: string; value: Placed<Picture> };
  /** Keys are consecutive whole numbers in the order of time. */
  fixes: { key: number; value: Fix };
  facts: { key: keyof Facts; value: Facts[keyof Facts] };
}

type Store = StoreNames<Schema>;
const STORES: readonly Store[] = ["actions", "pictures", "fixes", "facts"];
const DATABASE = "courier";
const VERSION = 1;

/** All that an earlier life of the app left on this device. */
export interface OnDisk {
  device_id: string;
  token: KeptToken | null;
  clock: ClockNote | null;
  view: unknown;
  position: StreamPosition | null;
  actions: readonly CourierAction[];
  pictures: readonly Picture[];
  fixes: readonly (readonly [key: number, fix: Fix])[];
}

/** A change of the fixes that are kept: forget those with keys below `below`, add `fixes` from key `first` on. */
export interface FixChange {
  below: number;
  first: number;
  fixes: readonly Fix[];
}

/**
 * What the phone must not forget, in IndexedDB. Writes take effect in the order in which they are asked for, and each
 * promise resolves when its write is on the disk. After `seal` or `wipe` nothing is written any more: another tab has
 * taken over, or the courier has signed out.
 */
export class PhoneDisk {
  private isSealed = false;
  private place = 1;
  private nextView: Facts["view"] | null = null;
  private savingView: Promise<void> | null = null;

  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = DATABASE): Promise<PhoneDisk> {
    const db = await openDB<Schema>(name, VERSION, {
      upgrade: (fresh) => {
        for (const store of STORES) fresh.createObjectStore(store);
      },
      blocking: (_have, _want, event) => (event.target as IDBDatabase).close(),
    });
    return new PhoneDisk(db);
  }

  /** Read everything, as of one moment; a device without a name gets `newName`. */
  async load(newName: string): Promise<OnDisk> {
    this.isSealed = false;
    const tx = this.db.transaction(STORES, "readwrite");
    const [facts, actions, pictures, fixes] = await Promise.all([
      this.readFacts(tx),
      tx.objectStore("actions").getAll(),
      tx.objectStore("pictures").getAll(),
      readFixes(tx),
    ]);
    const device_id = facts.device_id ?? newName;
    await tx.objectStore("facts").put(device_id, "device_id");
    await tx.done;
    this.place = 1 + Math.max(0, ...[...actions, ...pictures].map((each) => each.place));
    const { token = null, clock = null, view } = facts;
    const saved = { view: view?.view ?? null, position: view?.position ?? null };
    return { device_id, token, clock, ...saved, actions: inOrder(actions), pictures: inOrder(pictures), fixes };
  }

  private async readFacts(tx: IDBPTransaction<Schema, Store[], "readwrite">): Promise<Partial<Facts>> {
    const store = tx.objectStore("facts");
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()]);
    return Object.fromEntries(keys.map((key, place) => [key, values[place]])) as Partial<Facts>;
  }

  keepAction(action: CourierAction): Promise<void> {
    const entry = { place: this.place++, value: action };
    return this.write("actions", "strict", (store) => store.put(entry, action.id));
  }

  dropAction(id: string): Promise<void> {
    return this.write("actions", "strict", (store) => store.delete(id));
  }

  keepPicture(picture: Picture): Promise<void> {
    const entry = { place: this.place++, value: picture };
    return this.write("pictures", "strict", (store) => store.put(entry, picture.upload_id));
  }

  dropPicture(upload_id: string): Promise<void> {
    return this.write("pictures", "relaxed", (store) => store.delete(upload_id));
  }

  /** One transaction for many fixes, and for those that need not be kept any more. */
  changeFixes({ below, first, fixes }: FixChange): Promise<void> {
    return this.write("fixes", "relaxed", async (store) => {
      if (below > 0) store.delete(IDBKeyRange.upperBound(below, true));
      await Promise.all(fixes.map((fix, place) => store.put(fix, first + place)));
    });
  }

  keepToken(token: KeptToken): Promise<void> {
    return this.keepFact("token", token);
  }

  keepClock(clock: ClockNote): Promise<void> {
    return this.keepFact("clock", clock);
  }

  /** Keep the newest view; one that is overtaken while an older one is being written is never written at all. */
  saveView(view: unknown, position: StreamPosition | null): Promise<void> {
    this.nextView = { view, position };
    this.savingView ??= this.saveNextViews().finally(() => {
      this.savingView = null;
    });
    return this.savingView;
  }

  private async saveNextViews(): Promise<void> {
    while (this.nextView) {
      const saved = this.nextView;
      this.nextView = null;
      await this.keepFact("view", saved);
    }
  }

  /** When the newest view is on the disk. */
  get viewSaved(): Promise<void> {
    return this.savingView ?? Promise.resolve();
  }

  private keepFact<Key extends keyof Facts>(key: Key, value: Facts[Key]): Promise<void> {
    return this.write("facts", key === "token" ? "strict" : "relaxed", (store) => store.put(value, key));
  }

  private async write<Name extends Store>(
    name: Name,
    durability: IDBTransactionDurability,
    work: (store: IDBPTransaction<Schema, [Name], "readwrite">["store"]) => Promise<unknown>,
  ): Promise<void> {
    if (this.isSealed) return;
    const tx = this.db.transaction(name, "readwrite", { durability });
    await Promise.all([work(tx.store), tx.done]);
  }

  /** Write nothing more. */
  seal(): void {
    this.isSealed = true;
  }

  /** Leave nothing but the device's own random name. */
  async wipe(): Promise<void> {
    this.seal();
    const tx = this.db.transaction(STORES, "readwrite", { durability: "strict" });
    const facts = tx.objectStore("facts");
    const device_id = await facts.get("device_id");
    await Promise.all(STORES.map((store) => tx.objectStore(store).clear()));
    if (device_id !== undefined) await facts.put(device_id, "device_id");
    await tx.done;
  }

  close(): void {
    this.seal();
    this.db.close();
  }

  /** Remove the whole database. */
  static remove(name = DATABASE): Promise<void> {
    return deleteDB(name);
  }
}

async function readFixes(tx: IDBPTransaction<Schema, Store[], "readwrite">): Promise<[number, Fix][]> {
  const store = tx.objectStore("fixes");
  const [keys, fixes] = await Promise.all([store.getAllKeys(), store.getAll()]);
  return keys.map((key, place) => [key, fixes[place] as Fix]);
}

function inOrder<Value>(entries: readonly Placed<Value>[]): Value[] {
  return [...entries].sort((a, b) => a.place - b.place).map((entry) => entry.value);
}
