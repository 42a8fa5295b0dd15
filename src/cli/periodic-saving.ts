// Saves an online fit again and again: after a time, or after so many rows or windows.
import type { OnlineFit } from '../fitting/online/online-fit.ts';
import type { Period } from '../util/period.ts';

/** The longest that a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** Between so many rows there can be a saving, whatever comes at once. */
const MOST_ROWS = 8192;

/** Savings of an online fit on the way; those by time are made also while no rows come. */
export class PeriodicSaving {
  readonly #online: OnlineFit;
  readonly #save: () => Promise<void>;
  readonly #every: Period<'seconds' | 'rows' | 'windows'>;
  readonly #rows: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #saved: { readonly rows: number; readonly windows: number };
  #pending: Promise<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;

  /** Windows are of `window` rows; rows of the warm-up count like those of windows. */
  constructor(
    online: OnlineFit,
    save: () => Promise<void>,
    every: Period<'seconds' | 'rows' | 'windows'>,
    window: number,
  ) {
    const { rows, windows } = online;
    this.#online = online;
    this.#save = save;
    this.#every = every;
    this.#rows = 'rows' in every ? every.rows : 'windows' in every ? every.windows * window : Number.POSITIVE_INFINITY;
    this.#saved = { rows, windows };
    if (!('seconds' in every)) return;
    this.#timer = setInterval(() => this.#tick(), Math.min(LONGEST_MS, 1000 * every.seconds)).unref();
  }

  /** Rows that are to be added at once, at the most. */
  get mostRows(): number {
    return Math.min(MOST_ROWS, this.#rows);
  }

  /** Saves if it is time to, after rows were added; throws if a saving failed. */
  async added(): Promise<void> {
    const every = this.#every;
    const { rows, windows } = this.#online;
    const isDue = 'windows' in every && windows - this.#saved.windows >= every.windows;
    if (isDue || rows - this.#saved.rows >= this.#rows) await this.#now();
    if (this.#failure) throw this.#failure.reason;
  }

  /** No more savings; resolves when the last one is done. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pending;
  }

  #tick(): void {
    if (!this.#pending && this.#online.rows > this.#saved.rows) void this.#now();
  }

  #now(): Promise<void> {
    const { rows, windows } = this.#online;
    this.#saved = { rows, windows };
    this.#pending = this.#save()
      .catch((reason: unknown) => {
        this.#failure ??= { reason };
      })
      .finally(() => {
        this.#pending = undefined;
      });
    return this.#pending;
  }
}
