import type { Memory } from './memory.ts';

/** A product of fewer rows than this costs more to add to the sums than to multiply. */
const WORTH_WHILE = 8;
const CAPACITY = 32;

/** Rows gathered for one component, and the same rows times their weights: addresses. */
export interface GatheredRows {
  readonly deltas: number;
  readonly weighted: number;
}

/** Gathered rows that wait, component by component, until they are enough for an efficient product. */
export class WaitingRows {
  readonly #memory: Memory;
  readonly #width: number;
  readonly #bits: 64 | 32;
  readonly #sums: number;
  readonly #room: number;
  readonly #counts: Uint8Array;
  readonly #runBytes: number;

  constructor(memory: Memory, components: number, width: number, bits: 64 | 32, sums: number) {
    this.#memory = memory;
    this.#width = width;
    this.#bits = bits;
    this.#sums = sums;
    this.#runBytes = (width * bits) / 8;
    this.#counts = new Uint8Array(components);
    this.#room = memory.reserve(components * 2 * CAPACITY * this.#runBytes);
  }

  /** Adds so many rows of component k to its sums, now or with others. */
  add(k: number, count: number, rows: GatheredRows): void {
    if (count >= WORTH_WHILE) {
      this.#multiply(k, count, rows);
      return;
    }
    if (count === 0) return;
    if (this.#counts[k]! + count > CAPACITY) this.#flush(k);
    const place = this.#placeOf(k);
    const offset = this.#counts[k]! * this.#runBytes;
    this.#memory.copy(rows.deltas, place.deltas + offset, count * this.#runBytes);
    this.#memory.copy(rows.weighted, place.weighted + offset, count * this.#runBytes);
    this.#counts[k]! += count;
  }

  /** Adds all that waits. */
  flush(): void {
    for (let k = 0; k < this.#counts.length; k++) this.#flush(k);
  }

  #flush(k: number): void {
    if (this.#counts[k]! > 0) this.#multiply(k, this.#counts[k]!, this.#placeOf(k));
    this.#counts[k] = 0;
  }

  #multiply(k: number, count: number, { deltas, weighted }: GatheredRows): void {
    const width = this.#width;
    this.#memory.calls[`addOuter${this.#bits}`]!(deltas, weighted, count, width, this.#sums + k * width * width * 8);
  }

  #placeOf(k: number): GatheredRows {
    const deltas = this.#room + k * 2 * CAPACITY * this.#runBytes;
    return { deltas, weighted: deltas + CAPACITY * this.#runBytes };
  }
}
