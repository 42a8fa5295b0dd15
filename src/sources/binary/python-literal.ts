// Python literals, as headers of NumPy arrays are.
/** Value of a Python literal: dictionaries are maps, tuples are marked. */
export type Literal = string | number | boolean | null | readonly Literal[] | Tuple | ReadonlyMap<string, Literal>;

/** (a, b), which [a, b] is not. */
export class Tuple {
  readonly items: readonly Literal[];

  constructor(items: readonly Literal[]) {
    this.items = items;
  }
}

const DEEPEST = 32;
const WORDS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/**
 * Reads a literal as ast.literal_eval does, of the kinds that headers have: dictionaries with keys of text, tuples, lists, texts, whole
 * numbers (with the L of Python 2), True, False and None.
 *
 * @throws SyntaxError of anything else.
 */
export function parseLiteral(text: string): Literal {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    if (this.#match(/\s*/y) === undefined || this.#at < this.#text.length) throw this.#unexpected();
  }

  value(depth: number): Literal {
    if (depth > DEEPEST) throw new SyntaxError('nested too deep');
    if (this.#takes('{')) return this.#dictionary(depth);
    if (this.#takes('[')) return this.#items(']', depth).items;
    if (this.#takes('(')) {
      const { items, hasComma } = this.#items(')', depth);
      return items.length === 1 && !hasComma ? items[0]! : new Tuple(items);
    }
    const text = this.#string();
    if (text !== undefined) return text;
    const number = this.#match(/\s*([+-]?\d+)[lL]?(?!\w|\.)/y);
    if (number !== undefined) return Number(number);
    const word = WORDS.get(this.#match(/\s*([A-Za-z]+)(?!\w)/y) ?? '');
    if (word === undefined) throw this.#unexpected();
    return word;
  }

  #dictionary(depth: number): Literal {
    const map = new Map<string, Literal>();
    while (!this.#takes('}')) {
      const key = this.#string();
      if (key === undefined || !this.#takes(':')) throw this.#unexpected();
      map.set(key, this.value(depth + 1));
      if (this.#takes(',')) continue;
      if (this.#takes('}')) break;
      throw this.#unexpected();
    }
    return map;
  }

  #items(close: string, depth: number): { items: Literal[]; hasComma: boolean } {
    const items: Literal[] = [];
    let hasComma = false;
    while (!this.#takes(close)) {
      items.push(this.value(depth + 1));
      hasComma = this.#takes(',');
      if (hasComma) continue;
      if (this.#takes(close)) break;
      throw this.#unexpected();
    }
    return { items, hasComma };
  }

  /** A text between quotes; escapes stay as they are written. */
  #string(): string | undefined {
    const quoted = this.#match(/\s*[bBuU]?('[^'\\\n]*(?:\\.[^'\\\n]*)*'|"[^"\\\n]*(?:\\.[^"\\\n]*)*")/y);
    return quoted?.slice(1, -1);
  }

  #takes(character: string): boolean {
    this.#match(/\s*/y);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** The match of a pattern here, or its group if it has one; undefined if it does not match. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#at = pattern.lastIndex;
    return match[1] ?? match[0];
  }

  #unexpected(): SyntaxError {
    const found = this.#text.slice(this.#at, this.#at + 12).trim();
    return new SyntaxError(found === '' ? 'unexpected end' : `unexpected ${found}`);
  }
}
