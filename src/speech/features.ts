// The stages of the front end, one after another.
import { staticsOf } from './cepstra.ts';
import { Deltas, type OnRow } from './deltas.ts';
import { Frames } from './frames.ts';
import { layoutOf, type SoundFrontEnd } from './front-end.ts';
import { RunningNormaliser } from './normalise.ts';
import { RowBuffer } from './row-buffer.ts';

/**
 * Sound, as 16-bit numbers in pieces of any size, becomes rows; how it is cut changes no bit of them. Normalisation over the
 * whole of a recording is left to whoever can read it twice.
 */
export class Features {
  /** Samples of a frame. */
  readonly frame: number;
  readonly dimensions: number;
  readonly #frames: Frames;
  readonly #deltas: Deltas;
  readonly #normaliser: RunningNormaliser | undefined;
  readonly #rows: RowBuffer<Float32Array<ArrayBuffer>>;

  constructor(frontEnd: SoundFrontEnd) {
    const { dimensions, frame } = layoutOf(frontEnd);
    this.frame = frame;
    this.dimensions = dimensions;
    const { normalisation, normalisationOver, deltas, deltaWindow } = frontEnd;
    const isRunning = normalisation !== 'none' && normalisationOver === 'running';
    this.#rows = new RowBuffer(dimensions, Float32Array);
    const take: OnRow = (row) => this.#rows.add(row);
    const normaliser = isRunning ? new RunningNormaliser(dimensions, frontEnd, take) : undefined;
    this.#normaliser = normaliser;
    const statics = staticsOf(frontEnd);
    this.#deltas = new Deltas(statics.size, deltas, deltaWindow, normaliser ? (row) => normaliser.push(row) : take);
    const values = new Float64Array(statics.size);
    this.#frames = new Frames(frontEnd, (sound, start) => {
      statics.compute(sound, start, values);
      this.#deltas.push(values);
    });
  }

  /** Samples that came. */
  get samples(): number {
    return this.#frames.samples;
  }

  /** The rows, one after the other, that these samples complete. */
  push(sound: Float64Array): Float32Array<ArrayBuffer> {
    this.#frames.push(sound);
    return this.#rows.take();
  }

  /** The rows that waited for what does not come any more. */
  end(): Float32Array<ArrayBuffer> {
    this.#frames.end();
    this.#deltas.end();
    this.#normaliser?.end();
    return this.#rows.take();
  }
}
