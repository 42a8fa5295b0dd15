// Names of parts as an output can hold them: mended where they must be, and each once.
import { DataError } from '../../errors.ts';
import type { RowRun } from './runs.ts';

/** What names an output can hold. */
interface NameRule {
  /** What they are the names of. */
  readonly of: string;
  /** What becomes a hyphen. */
  readonly unfit: RegExp;
  readonly because: string;
}

/** The outputs that have names. */
const rules = {
  archive: { of: 'key', unfit: /[\s\p{C}]+/gu, because: 'keys of an archive have no blanks' },
  files: { of: 'file', unfit: /[\\/:*?"<>|\p{C}]+|^\.+$/gu, because: 'names of files have no slashes' },
  h5features: { of: 'item', unfit: /\p{C}+/gu, because: 'names of items have no control characters' },
} satisfies Record<string, NameRule>;

/** Names of the parts of one output; all are kept in memory, a few bytes each. */
export class PartNames {
  readonly #output: string;
  readonly #rule: NameRule;
  readonly #unnamed: string;
  readonly #taken = new Set<string>();
  #changed = 0;
  #firstChange = '';

  /** Rows of no part are called `unnamed`. */
  constructor(output: string, rule: keyof typeof rules, unnamed: string) {
    this.#output = output;
    this.#rule = rules[rule];
    this.#unnamed = unnamed;
  }

  /** @throws DataError for a name that is taken. */
  of(part: RowRun['part']): string {
    const given = part?.name || this.#unnamed;
    const { of, unfit } = this.#rule;
    const name = given.replaceAll(unfit, '-') || 'rows';
    if (this.#taken.has(name)) {
      throw new DataError(
        'unwritable-rows',
        `${this.#output}: two files or utterances would have the ${of} ${name}, but each is there once: rename one, or write them by two commands`,
        { source: this.#output },
      );
    }
    this.#taken.add(name);
    if (name !== given) {
      this.#firstChange ||= `${JSON.stringify(given)} is called ${name} in it`;
      this.#changed++;
    }
    return name;
  }

  /** Says which names were mended. */
  tell(): void {
    if (this.#changed === 0) return;
    const others = this.#changed === 1 ? '' : `, and so ${this.#changed - 1} more`;
    process.emitWarning(`${this.#output}: ${this.#firstChange}${others}, as ${this.#rule.because}`);
  }
}
