// The mel filter bank.
import { SettingError } from '../errors.ts';
import { layoutOf, type SoundFrontEnd } from './front-end.ts';

const toMel = (frequency: number): number => 1127 * Math.log(1 + frequency / 700);

/** Triangles that overlap by half, of equal width on the mel scale; the bin at half the sample rate belongs to none. */
export class MelBank {
  readonly bins: number;
  /** Of each triangle: its first bin of the spectrum, and where its weights begin; one more at the end. */
  readonly #first: Int32Array;
  readonly #start: Int32Array;
  readonly #weights: Float64Array;

  /** @throws SettingError for triangles so narrow that no bin of the spectrum is in them. */
  constructor(frontEnd: SoundFrontEnd) {
    const { melBins, sampleRate } = frontEnd;
    const { low, high, padded } = layoutOf(frontEnd);
    const bottom = toMel(low);
    const step = (toMel(high) - bottom) / (melBins + 1);
    this.bins = melBins;
    this.#first = new Int32Array(melBins);
    this.#start = new Int32Array(melBins + 1);
    const weights: number[] = [];
    for (let m = 0; m < melBins; m++) {
      const left = bottom + m * step;
      for (let bin = 0; bin < padded / 2; bin++) {
        const mel = toMel((bin * sampleRate) / padded);
        if (mel <= left || mel >= left + 2 * step) continue;
        if (weights.length === this.#start[m]) this.#first[m] = bin;
        weights.push(1 - Math.abs(mel - left - step) / step);
      }
      if (weights.length === this.#start[m]) {
        throw new SettingError(
          'bad-setting',
          `melBins: ${melBins} are so narrow that number ${m + 1} has no bin of a spectrum of ${padded} samples: ` +
            'take fewer, or longer frames',
          { setting: 'melBins' },
        );
      }
      this.#start[m + 1] = weights.length;
    }
    this.#weights = Float64Array.from(weights);
  }

  /** The energies of a spectrum. */
  sum(spectrum: Float64Array, energies: Float64Array): void {
    const [first, start, weights] = [this.#first, this.#start, this.#weights];
    for (let m = 0; m < this.bins; m++) {
      const end = start[m + 1]!;
      let sum = 0;
      for (let i = start[m]!, bin = first[m]!; i < end; i++, bin++) sum += weights[i]! * spectrum[bin]!;
      energies[m] = sum;
    }
  }
}
