// Process warnings, and waiting until they are printed.
/** Tells of what does not end a fit; whoever is told may take its time, and end the fit by failing. */
export class Warnings {
  readonly #tell: (message: string) => unknown;
  readonly #told: Promise<unknown>[] = [];

  constructor(tell: (message: string) => unknown = (message) => process.emitWarning(message)) {
    this.#tell = tell;
  }

  readonly tell = (message: string): void => {
    const told = Promise.resolve(this.#tell(message));
    told.catch(() => {}); // thrown where all are awaited
    this.#told.push(told);
  };

  /** Whoever was told is done with it. */
  async settled(): Promise<void> {
    await Promise.all(this.#told.splice(0));
  }
}
