/** What can be shown: a value, and who hears when it changes. */
export interface Readable<State> {
  readonly state: State;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (now: State, before: State) => void): () => void;
}

/** A value that changes by a pure reducer and tells its listeners, with the value before. */
export class Store<State, Action> implements Readable<State> {
  private listeners = new Set<(now: State, before: State) => void>();

  constructor(
    private readonly reduce: (state: State, action: Action) => State,
    public state: State,
  ) {}

  /** Apply several actions as one change: listeners hear once. */
  apply(actions: readonly Action[]): void {
    const before = this.state;
    this.state = actions.reduce(this.reduce, before);
    if (this.state !== before) for (const listener of this.listeners) listener(this.state, before);
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: (now: State, before: State) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
