// Process warnings, and waiting until they are printed.
/** Reports warnings; a callback may be async, and ends the fit if it throws. */
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

  /** Resolves when all callbacks have finished. */
  async settled(): Promise<void> {
    await Promise.all(this.#told.splice(0));
  }
}
