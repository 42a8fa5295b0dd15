// Journal: what a long computation keeps so that it can resume.
/** What a journal holds, as plain data. */
export interface JournalState {
  /** As captured by whoever keeps it. */
  readonly own: unknown;
  /** Results of steps that are done. */
  readonly steps: ReadonlyMap<string, unknown>;
  /** Journals of what is under way. */
  readonly inside: ReadonlyMap<string, JournalState>;
}

/** Files that a state refers to: put on the disk before the state is saved, and told when it is. */
export interface Companion {
  flush(): Promise<void>;
  saved(): void;
}

/** What the journals of a computation share: whether it is at rest, so that all they hold belongs together. */
interface Pace {
  isAtRest: boolean;
  readonly onRest: (rows: number) => Promise<void> | undefined;
}

/**
 * The journal of a long computation, which is the same however often it is interrupted: finished steps are not done again, and
 * what was under way resumes from the state that it had when the computation was last at rest. A part of the computation has a
 * journal inside that of the whole.
 */
export class Journal {
  readonly #pace: Pace;
  readonly #steps: Map<string, unknown>;
  readonly #inside = new Map<string, Journal>();
  /** Journals of parts that were not begun again yet. */
  readonly #unread: Map<string, JournalState>;
  #kept: unknown;
  #capture: () => unknown;
  #companion: Companion | undefined;

  /** Resumes from a state, if one is given; `onRest` is called whenever the computation is at rest, with the rows done since. */
  constructor(
    state?: JournalState,
    onRest: Pace['onRest'] = () => undefined,
    pace: Pace = { isAtRest: false, onRest },
  ) {
    this.#pace = pace;
    this.#steps = new Map(state?.steps);
    this.#unread = new Map(state?.inside);
    this.#kept = state?.own;
    this.#capture = () => this.#kept;
  }

  /** The state that the computation had when it was interrupted, once; undefined if it begins. */
  resume<T>(): T | undefined {
    const kept = this.#kept as T | undefined;
    this.#kept = undefined;
    return kept;
  }

  /** Says how the state is captured from now on, as plain data, and which files belong to it. */
  keep(capture: () => unknown, companion?: Companion): void {
    this.#capture = capture;
    this.#companion = companion;
  }

  /** The files that the states belong to. */
  get companions(): readonly Companion[] {
    const inside = [...this.#inside.values()].flatMap(({ companions }) => companions);
    return this.#companion ? [this.#companion, ...inside] : inside;
  }

  /** The journal of a part that is about to begin, or to resume. */
  inside(name: string): Journal {
    const part = new Journal(this.#unread.get(name), undefined, this.#pace);
    this.#unread.delete(name);
    this.#inside.set(name, part);
    return part;
  }

  /** Forgets a part that is done. */
  end(name: string): void {
    this.#unread.delete(name);
    this.#inside.delete(name);
  }

  /** The result of a part, which is plain data; if it was done before the interruption, it is not done again. */
  async step<T>(name: string, run: (journal: Journal) => Promise<T>): Promise<T> {
    if (!this.#steps.has(name)) {
      this.#steps.set(name, await run(this.inside(name)));
      this.end(name);
    }
    return this.#steps.get(name) as T;
  }

  /** From now until the next rest, states may not belong together. */
  change(): void {
    this.#pace.isAtRest = false;
  }

  /** All states belong together: now, and until the next change. */
  rest(rows = 0): Promise<void> | undefined {
    this.#pace.isAtRest = true;
    return this.#pace.onRest(rows);
  }

  /** Whether all states belong together. */
  get isAtRest(): boolean {
    return this.#pace.isAtRest;
  }

  /** What it holds, for now. */
  get state(): JournalState {
    const parts = [...this.#inside].map(([name, part]) => [name, part.state] as const);
    return { own: this.#capture(), steps: this.#steps, inside: new Map([...this.#unread, ...parts]) };
  }
}
