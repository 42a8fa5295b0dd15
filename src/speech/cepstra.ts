// MFCC or log mel energies of a frame.
import { normals, randomFor } from '../util/random.ts';
import { liftedCosines } from './cosine.ts';
import { layoutOf, type SoundFrontEnd } from './front-end.ts';
import { MelBank } from './mel.ts';
import { PowerSpectrum } from './spectrum.ts';
import { windowOf } from './window.ts';

/** No energy is less: the epsilon of float32, as in Kaldi. */
const LEAST_ENERGY = 2 ** -23;

/**
 * Features of a frame of sound, before differences: MFCC (Davis & Mermelstein, 1980) or log mel energies, step by
 * step as Kaldi's feature-mfcc and feature-fbank compute them.
 */
export class Statics {
  readonly size: number;
  readonly #frontEnd: SoundFrontEnd;
  readonly #length: number;
  readonly #window: Float64Array;
  readonly #spectrum: PowerSpectrum;
  readonly #bank: MelBank;
  readonly #cosines: Float64Array;
  readonly #noise: (() => number) | undefined;
  /** The frame, with zeros behind it. */
  readonly #samples: Float64Array;
  readonly #powers: Float64Array;
  readonly #energies: Float64Array;

  constructor(frontEnd: SoundFrontEnd) {
    const { frame, padded, statics } = layoutOf(frontEnd);
    const { windowType, blackmanCoefficient, melBins, coefficients, cepstralLifter } = frontEnd;
    this.size = statics;
    this.#frontEnd = frontEnd;
    this.#length = frame;
    this.#window = windowOf(windowType, frame, blackmanCoefficient);
    this.#spectrum = new PowerSpectrum(padded);
    this.#bank = new MelBank(frontEnd);
    this.#cosines = liftedCosines(coefficients, melBins, cepstralLifter);
    this.#noise = frontEnd.dither > 0 ? normals(randomFor('dither', 0)) : undefined;
    this.#samples = new Float64Array(padded);
    this.#powers = new Float64Array(padded / 2);
    this.#energies = new Float64Array(melBins);
  }

  /** The frame that begins at `start` of some sound, as 16-bit numbers, described in `out`. */
  compute(sound: Float64Array, start: number, out: Float64Array): void {
    const { useEnergy, features } = this.#frontEnd;
    const energy = this.#prepare(sound, start);
    this.#melEnergies();
    if (features === 'mfcc') this.#cepstrum(out);
    else this.#toBins(out);
    if (useEnergy) this.#putEnergy(energy, out);
    else if (features === 'mfcc' && this.#frontEnd.htkCompatible) putLast(out, out[0]! * Math.SQRT2);
  }

  /** Takes a frame in, ready for the transform, and returns its energy. */
  #prepare(sound: Float64Array, start: number): number {
    const { removeDcOffset, rawEnergy, preEmphasis, dither } = this.#frontEnd;
    const [samples, window, length] = [this.#samples, this.#window, this.#length];
    for (let i = 0; i < length; i++) samples[i] = sound[start + i]!;
    if (this.#noise) for (let i = 0; i < length; i++) samples[i]! += dither * this.#noise();
    if (removeDcOffset) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += samples[i]!;
      const mean = sum / length;
      for (let i = 0; i < length; i++) samples[i]! -= mean;
    }
    const energy = rawEnergy ? squares(samples, length) : 0;
    let before = samples[0]!;
    for (let i = 0; i < length; i++) {
      const sample = samples[i]!;
      samples[i] = (sample - preEmphasis * before) * window[i]!;
      before = sample;
    }
    return rawEnergy ? energy : squares(samples, length);
  }

  /** Logarithms, of no less than the floor. */
  #melEnergies(): void {
    const [powers, energies] = [this.#powers, this.#energies];
    this.#spectrum.compute(this.#samples, powers);
    if (!this.#frontEnd.usePower) for (let bin = 0; bin < powers.length; bin++) powers[bin] = Math.sqrt(powers[bin]!);
    this.#bank.sum(powers, energies);
    for (let m = 0; m < energies.length; m++) energies[m] = Math.log(Math.max(energies[m]!, LEAST_ENERGY));
  }

  #cepstrum(out: Float64Array): void {
    const [cosines, energies] = [this.#cosines, this.#energies];
    for (let k = 0, at = 0; k < this.size; k++) {
      let sum = 0;
      for (let m = 0; m < energies.length; m++) sum += cosines[at++]! * energies[m]!;
      out[k] = sum;
    }
  }

  #toBins(out: Float64Array): void {
    const first = this.size - this.#energies.length;
    for (let m = 0; m < this.#energies.length; m++) out[first + m] = this.#energies[m]!;
  }

  #putEnergy(energy: number, out: Float64Array): void {
    const logarithm = Math.log(Math.max(energy, this.#frontEnd.energyFloor, LEAST_ENERGY));
    if (this.#frontEnd.htkCompatible) putLast(out, logarithm);
    else out[0] = logarithm;
  }
}

/** Tables are the same for every recording; noise is not. */
const shared = new WeakMap<SoundFrontEnd, Statics>();

/** Features of frames; recordings with the same front end share what computes them, unless it draws noise. */
export function staticsOf(frontEnd: SoundFrontEnd): Statics {
  const known = shared.get(frontEnd);
  if (known) return known;
  const statics = new Statics(frontEnd);
  if (frontEnd.dither === 0) shared.set(frontEnd, statics);
  return statics;
}

/** Moves all one place to the front, over the first, and puts a number last. */
function putLast(out: Float64Array, value: number): void {
  for (let k = 1; k < out.length; k++) out[k - 1] = out[k]!;
  out[out.length - 1] = value;
}

function squares(samples: Float64Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += samples[i]! * samples[i]!;
  return sum;
}
