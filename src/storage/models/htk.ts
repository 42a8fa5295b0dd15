// Gaussian mixtures of HTK: a macro file of one model with one emitting state.
import { DataError } from '../../errors.ts';
import { printable } from '../../util/shown.ts';
import type { ModelState } from '../model-contents.ts';
import { stateFromNumbers } from './from-numbers.ts';
import { latin1 } from './kaldi-reader.ts';

const BEGINNING = /^\s*(~[oh]\s|<BEGINHMM>)/i;
const LOOKED_AT = 256;

/** Whether a macro file begins here. */
export const isHtk = (bytes: Uint8Array): boolean => BEGINNING.test(latin1(bytes.subarray(0, LOOKED_AT)));

/** What a mixture needs of a component. */
interface Component {
  weight: number;
  mean?: number[];
  variance?: number[];
}

/**
 * Reads the mixture of a single-state model with diagonal covariances; weights that HTK leaves out as too small are 0.
 * Source: The HTK Book 3.4, chapter 7.
 *
 * @throws DataError that names the keyword and the line.
 */
export function readHtk(bytes: Uint8Array, name: string): ModelState {
  const words = new Words(latin1(bytes), name);
  const components: Component[] = [];
  let states = 0;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    switch (word.toUpperCase()) {
      case '<NUMSTATES>':
        words.whole();
        break;
      case '<STATE>':
        words.whole();
        states++;
        break;
      case '<MIXTURE>':
        words.whole();
        components.push({ weight: words.number() });
        break;
      case '<MEAN>':
        if (components.length === 0) components.push({ weight: 1 });
        components.at(-1)!.mean = words.numbers();
        break;
      case '<VARIANCE>':
        if (components.length === 0) throw words.error('there is no <Mean> before it');
        components.at(-1)!.variance = words.numbers();
        break;
      case '<INVCOVAR>':
      case '<LLTCOVAR>':
      case '<STREAM>':
        throw words.error('only diagonal covariances (<Variance>) of one stream can be read');
      case '~S':
      case '~M':
      case '~U':
      case '~V':
        throw words.error('macros that are shared by models cannot be read: expected a model that holds all');
    }
  }
  if (states !== 1) {
    throw new DataError(
      'unsupported',
      `${name} has ${states} emitting states, expected one: a mixture, not a chain of states`,
      {
        source: name,
      },
    );
  }
  const lacking = components.findIndex(({ mean, variance }) => !mean || !variance);
  if (components.length === 0 || lacking >= 0)
    throw new DataError('bad-model', `${name}: component ${Math.max(0, lacking)} has no <Mean> or no <Variance>`, {
      source: name,
    });
  const weights = components.map(({ weight }) => weight);
  const means = components.map(({ mean }) => mean!);
  return stateFromNumbers(
    'gmm',
    { weights, means, covariances: components.map(({ variance }) => variance!), covariance: 'diagonal' },
    name,
  );
}

/** The words of a macro file, one after the other; < and > end them as well. */
class Words {
  readonly #name: string;
  readonly #text: string;
  readonly #pattern = /"[^"]*"|<[^>\s]*>|[^\s<]+/g;
  #last = '';
  #keyword = '';

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  next(): string | undefined {
    const [word] = this.#pattern.exec(this.#text) ?? [];
    this.#last = word ?? '';
    if (word && /^[<~]/.test(word)) this.#keyword = word;
    return word;
  }

  number(): number {
    const word = this.next();
    const value = word === undefined ? Number.NaN : Number(word);
    if (Number.isFinite(value)) return value;
    throw this.error(
      word === undefined ? 'the file ends: it was cut short' : `received "${printable(this.#last)}", expected a number`,
    );
  }

  whole(): number {
    const value = this.number();
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw this.error(`received ${value}, expected a whole number`);
  }

  /** So many numbers as the first says. */
  numbers(): number[] {
    const count = this.whole();
    const values: number[] = [];
    while (values.length < count) values.push(this.number());
    return values;
  }

  error(what: string): DataError {
    const before = this.#text.slice(0, this.#pattern.lastIndex || undefined);
    const line = before.split('\n').length;
    return new DataError('bad-model', `${this.#name}, line ${line}, after ${printable(this.#keyword)}: ${what}`, {
      source: this.#name,
    });
  }
}
