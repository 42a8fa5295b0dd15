// The remembered statistics of blocks, in memory or on disk.
import type { OpenFile } from '../../files/open-file.ts';
import { keepFully, readFully, temporaryFile } from '../../files/temporary-file.ts';

/** Remembers runs of numbers of one length, by index: in memory, or in a temporary file where they need more than the limit. */
export class BlockMemory {
  readonly #length: number;
  readonly #inFile: boolean;
  readonly #kept: Float64Array[] = [];
  #file: OpenFile | undefined;

  constructor(blocks: number, length: number, limitBytes: number) {
    this.#length = length;
    this.#inFile = blocks * length * 8 > limitBytes;
  }

  /** A copy of what was put there last. */
  async get(index: number): Promise<Float64Array> {
    if (!this.#inFile) return this.#kept[index]!.slice();
    const bytes = new Uint8Array(this.#length * 8);
    await readFully(this.#file!, bytes, index * bytes.length);
    return new Float64Array(bytes.buffer);
  }

  async put(index: number, numbers: Float64Array): Promise<void> {
    if (!this.#inFile) {
      this.#kept[index] = numbers.slice();
      return;
    }
    this.#file ??= await temporaryFile();
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    await keepFully(this.#file, bytes, 'the statistics of blocks', index * bytes.length);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}
