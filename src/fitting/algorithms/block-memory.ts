// The remembered statistics of blocks: in memory, in a temporary file, or in a file beside a checkpoint.
import { FileError } from '../../errors.ts';
import { OpenFile } from '../../files/open-file.ts';
import { keepFully, readFully, temporaryFile } from '../../files/temporary-file.ts';
import { crc32 } from '../../sources/compression/crc32.ts';
import type { Companion } from '../../util/journal.ts';

/** Remembers runs of numbers of one length, by index. */
export interface BlockMemory {
  /** A copy of what was put there last. */
  get(index: number): Promise<Float64Array>;
  put(index: number, numbers: Float64Array): Promise<void>;
  close(): Promise<void>;
}

/** In memory, or in a temporary file where they need more than the limit. */
export class PassingBlocks implements BlockMemory {
  readonly #length: number;
  readonly #inFile: boolean;
  readonly #kept: Float64Array[] = [];
  #file: OpenFile | undefined;

  constructor(blocks: number, length: number, limitBytes: number) {
    this.#length = length;
    this.#inFile = blocks * length * 8 > limitBytes;
  }

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
    await keepFully(this.#file, bytesOf(numbers), 'the statistics of blocks', index * numbers.byteLength);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** Where in its file each block is, and its checksum. */
export interface BlockPlaces {
  readonly slots: readonly number[];
  readonly checksums: readonly number[];
}

/** How many generations of a checkpoint there are. */
const GENERATIONS = 2;

/**
 * In a file beside a checkpoint, of which both generations stay valid: a block is put where neither they nor the current state
 * have one.
 */
export class KeptBlocks implements BlockMemory, Companion {
  readonly #path: string;
  readonly #file: OpenFile;
  readonly #bytes: number;
  readonly #slots: number[];
  readonly #checksums: number[];
  /** Slots of the state that is being saved, and of those saved before, the latest first. */
  #captured: readonly number[] = [];
  #saved: (readonly number[])[] = [];
  /** Slots that a generation before the resumption may have. */
  #reserved: number;
  #isClosed = false;

  private constructor(path: string, file: OpenFile, length: number, places: BlockPlaces | undefined) {
    this.#path = path;
    this.#file = file;
    this.#bytes = 8 * length;
    this.#slots = [...(places?.slots ?? [])];
    this.#checksums = [...(places?.checksums ?? [])];
    this.#reserved = 1 + Math.max(-1, ...this.#slots);
  }

  /** Begins a file, or goes on with that which holds blocks of this length in these places. */
  static async open(path: string, length: number, places?: BlockPlaces): Promise<KeptBlocks> {
    const file = await OpenFile.open(path, places ? 'r+' : 'w+');
    const blocks = new KeptBlocks(path, file, length, places);
    if (places) blocks.#reserved = Math.ceil((await file.stat()).size / (8 * length));
    return blocks;
  }

  /** Where the blocks are now, for a state that is about to be saved. */
  get places(): BlockPlaces {
    this.#captured = [...this.#slots];
    return { slots: this.#captured, checksums: [...this.#checksums] };
  }

  async flush(): Promise<void> {
    if (!this.#isClosed) await this.#file.sync();
  }

  saved(): void {
    this.#saved = [this.#captured, ...this.#saved].slice(0, GENERATIONS);
    if (this.#saved.length === GENERATIONS) this.#reserved = 0;
  }

  async get(index: number): Promise<Float64Array> {
    const bytes = new Uint8Array(this.#bytes);
    await readFully(this.#file, bytes, this.#slots[index]! * this.#bytes);
    if (crc32(bytes) !== this.#checksums[index]) {
      throw new FileError(
        'io-failed',
        `${this.#path} was damaged or changed by somebody else: the fit that it belongs to must begin anew`,
        { path: this.#path },
      );
    }
    return new Float64Array(bytes.buffer);
  }

  async put(index: number, numbers: Float64Array): Promise<void> {
    const bytes = bytesOf(numbers);
    const slot = this.#free();
    await keepFully(this.#file, bytes, 'the statistics of blocks', slot * this.#bytes, this.#path);
    this.#slots[index] = slot;
    this.#checksums[index] = crc32(bytes);
  }

  /** Puts all blocks on the disk, as a state may still be saved. */
  async close(): Promise<void> {
    this.#isClosed = true;
    try {
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }

  /** The first slot that nobody needs. */
  #free(): number {
    const taken = new Set([this.#slots, this.#captured, ...this.#saved].flat());
    let slot = this.#reserved;
    while (taken.has(slot)) slot++;
    return slot;
  }
}

const bytesOf = (numbers: Float64Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
