// Checkpoints: when the state of a fit is written, and how it is read again.
import { DataError, messageOf, SettingError } from '../../errors.ts';
import { checkWritable } from '../../files/atomic.ts';
import type { Known } from '../../sources/chunk-stream.ts';
import { type SourceFingerprint, whatChanged } from '../../sources/fingerprint.ts';
import type { Source } from '../../sources/source.ts';
import { spoolBeside } from '../../sources/spool.ts';
import type { Keep } from '../../sources/table.ts';
import {
  blocksFile,
  checkpointBytes,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from '../../storage/checkpoint-file.ts';
import { Journal, type JournalState } from '../../util/journal.ts';
import { checkSameSettings, type SettingTexts } from './identity.ts';
import { type CheckpointOptions, type CheckpointPeriod, checkCheckpoint, periodOf } from './options.ts';

/** What a checkpoint holds. */
interface Contents {
  readonly journal: JournalState;
  readonly settings: SettingTexts;
  readonly sources: readonly SourceState[];
  readonly iterations: number;
  readonly isFinished: boolean;
  /** Milliseconds since 1970. */
  readonly written: number;
}

/** A source as a checkpoint knows it. */
interface SourceState {
  readonly fingerprint: SourceFingerprint;
  readonly known: Known;
}

/** The fit that is kept. */
export interface Kept {
  readonly settings: SettingTexts;
  /** Training data first, then held-out data of their own. */
  readonly sources: readonly Source[];
  readonly signal: AbortSignal | undefined;
  readonly onWarning: (message: string) => unknown;
}

/** Writes the state of a fit now and then, so that it can be resumed; one for each fit. */
export class Checkpoint {
  readonly file: string;
  /** How inputs that can be read once are kept. */
  readonly keep: Keep;
  readonly #every: CheckpointPeriod;
  readonly #onResume: CheckpointOptions['onResume'];
  readonly #stored: Contents | undefined;
  readonly #fault: string | undefined;
  #kept: Kept | undefined;
  #journal = new Journal();
  #fingerprints: readonly SourceFingerprint[] | undefined;
  #iterations = 0;
  #since = { rows: 0, iterations: 0, began: performance.now() };
  #writing: Promise<void> | undefined;
  #hasFailed = false;
  #isThere = false;
  /** Whether the state as it is now is on the disk. */
  #isWritten = false;

  private constructor(options: CheckpointOptions, stored: Contents | undefined, fault: string | undefined) {
    this.file = options.file;
    this.keep = spoolBeside(options.file, stored !== undefined);
    this.#every = periodOf(options);
    this.#onResume = options.onResume;
    this.#stored = stored;
    this.#fault = fault;
  }

  /**
   * Reads what is to be resumed, if there is anything, and checks that a checkpoint can be written.
   *
   * @throws DataError where both generations are damaged; FileError for a file that is no checkpoint, or cannot be written;
   * SettingError where one that was not resumed would be lost.
   */
  static async open(options: CheckpointOptions): Promise<Checkpoint> {
    checkCheckpoint(options);
    const { file, resume = false } = options;
    const stored = await readCheckpoint(file).catch((error: unknown) => {
      if (resume || !(error instanceof DataError)) throw error;
      return undefined; // damaged, or of another version: of no use to anybody who does not resume it
    });
    const contents = stored?.contents as Contents | undefined;
    if (!resume && contents && !contents.isFinished) {
      throw new SettingError(
        'setting-conflict',
        `checkpoint: ${file} holds a fit that was interrupted: resume it, or remove the file`,
        { setting: 'checkpoint' },
      );
    }
    await checkWritable(file);
    return resume ? new Checkpoint(options, contents, stored?.fault) : new Checkpoint(options, undefined, undefined);
  }

  /** How many iterations were done before the fit was resumed; 0 if it begins. */
  get resumed(): number {
    return this.#stored?.iterations ?? 0;
  }

  /** Whether the file holds a state of this fit. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** Where the blocks of an incremental fit are kept. */
  get blocksFile(): string {
    return blocksFile(this.file);
  }

  /**
   * Begins or resumes a fit; gives its journal.
   *
   * @throws SettingError, DataError where it is another fit than that of the checkpoint.
   */
  async begin(kept: Kept): Promise<Journal> {
    const stored = this.#stored;
    this.#kept = kept;
    await this.#identify();
    if (stored) {
      checkSameSettings(this.file, stored.settings, kept.settings);
      for (const [i, source] of kept.sources.entries()) this.#checkSource(source, stored.sources[i], i);
      if (stored.sources.length > kept.sources.length) throw this.#withoutHeldOut();
      this.#iterations = stored.iterations;
      this.#isThere = true;
    } else {
      await removeCheckpoint(this.file);
    }
    this.#journal = new Journal(stored?.journal, (rows) => this.#atRest(rows));
    await this.#onResume?.({
      iterations: stored?.iterations,
      written: stored && new Date(stored.written),
      fault: this.#fault,
      isFinished: stored?.isFinished ?? false,
    });
    return this.#journal;
  }

  /** Told after each evaluation how many iterations there were. */
  iterated(iterations: number): void {
    this.#since.iterations += iterations - this.#iterations;
    this.#iterations = iterations;
  }

  /** Writes the end of a fit, unless it failed; of one that was interrupted the state that it had, if that is not there yet. */
  async end(isFinished: boolean): Promise<void> {
    await this.#writing;
    if (!this.#kept || (!isFinished && (this.#isWritten || !this.#journal.isAtRest))) return;
    if (!this.#fingerprints) await this.#identify();
    await this.#write(isFinished);
  }

  #atRest(rows: number): Promise<void> | undefined {
    this.#isWritten = false;
    this.#since.rows += rows;
    if (this.#kept!.signal?.aborted) return this.end(false);
    if (this.#writing || !this.#isDue()) return undefined;
    const work = this.#fingerprints ? this.#write(false) : this.#identify();
    this.#writing = work.finally(() => {
      this.#writing = undefined;
    });
    return undefined;
  }

  #isDue(): boolean {
    const every = this.#every;
    if ('seconds' in every) return performance.now() - this.#since.began >= 1000 * every.seconds;
    return 'rows' in every ? this.#since.rows >= every.rows : this.#since.iterations >= every.iterations;
  }

  /**
   * Takes the state at once, and writes it while the fit goes on. A failure is a warning: the checkpoint before stays. Nothing is
   * written while a source cannot be read again, as one that is read for the first time.
   */
  async #write(isFinished: boolean): Promise<void> {
    this.#since = { rows: 0, iterations: 0, began: performance.now() };
    if (!this.#fingerprints) return;
    const companions = this.#journal.companions;
    try {
      const pieces = checkpointBytes(this.#contents(this.#fingerprints, isFinished), this.file);
      this.#isWritten = true;
      for (const companion of companions) await companion.flush();
      await writeCheckpoint(this.file, pieces);
      for (const companion of companions) companion.saved();
      this.#hasFailed = false;
      this.#isThere = true;
    } catch (error) {
      this.#isWritten = false;
      if (!this.#hasFailed) await this.#kept!.onWarning(`no checkpoint could be written: ${messageOf(error)}`);
      this.#hasFailed = true;
    }
  }

  #contents(fingerprints: readonly SourceFingerprint[], isFinished: boolean): Contents {
    const { settings, sources } = this.#kept!;
    return {
      journal: this.#journal.state,
      settings,
      sources: fingerprints.map((fingerprint, i) => ({ fingerprint, known: sources[i]!.known })),
      iterations: this.#iterations,
      isFinished,
      written: Date.now(),
    };
  }

  /** Learns how the sources are recognised, as soon as all of them can be read again. */
  async #identify(): Promise<void> {
    const found = await Promise.all(this.#kept!.sources.map((source) => source.fingerprint()));
    if (found.every((fingerprint) => fingerprint !== undefined)) this.#fingerprints = found;
  }

  #checkSource(source: Source, before: SourceState | undefined, i: number): void {
    const now = this.#fingerprints?.[i];
    if (!before) throw refused(this.file, source.name, `${source.name} was not there`);
    if (!now) throw refused(this.file, source.name, `the rows that were kept of ${source.name} are gone`);
    const changed = whatChanged(before.fingerprint, now);
    if (changed !== undefined) throw refused(this.file, source.name, changed);
    source.remember(before.known);
  }

  #withoutHeldOut(): DataError {
    return refused(this.file, 'the held-out data', 'there are no held-out data now');
  }
}

function refused(path: string, name: string, changed: string): DataError {
  return new DataError(
    'source-changed',
    `${changed}: ${path} is the checkpoint of a fit of the data as they were: restore them, or begin anew without resume`,
    { source: name, setting: 'resume' },
  );
}
