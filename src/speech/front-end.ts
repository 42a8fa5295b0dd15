// FrontEnd: how sound becomes rows.
import { DataError, SettingError } from '../errors.ts';
import { shown } from '../util/shown.ts';
import {
  type Definition,
  definitions,
  type featureKinds,
  frontEndSettings,
  needs,
  type normalisationSpans,
  type normalisations,
  type SettingName,
  sampleRates,
} from './definitions.ts';
import type { WindowName } from './window.ts';

/** Of a frame. */
const FEWEST_SAMPLES = 3;
const MOST_SAMPLES = 1 << 20;

/** How sound becomes rows of numbers; the words and defaults are Kaldi's, where nothing else is said. */
export interface FrontEndSettings {
  /** 'mfcc' (default): cepstral coefficients; 'fbank': the log energies of the mel bank. */
  readonly features?: (typeof featureKinds)[number] | undefined;
  /** Hz; by default that of the sound. Sound of another rate is refused. */
  readonly sampleRate?: number | undefined;
  /** ms; default 25. */
  readonly frameLength?: number | undefined;
  /** ms from frame to frame; default 10. */
  readonly frameShift?: number | undefined;
  /** true (default): only whole frames; false: one for each shift, where the sound is mirrored at its ends. */
  readonly snipEdges?: boolean | undefined;
  /** Gaussian noise added to every sample of a frame, always the same. Default 0, so that sound without it gives exact numbers; Kaldi's is 1. */
  readonly dither?: number | undefined;
  /** Whether the mean of each frame is subtracted; default true. */
  readonly removeDcOffset?: boolean | undefined;
  /** Default 0.97. */
  readonly preEmphasis?: number | undefined;
  /** Default 'povey'. */
  readonly windowType?: WindowName | undefined;
  /** Of the window 'blackman'; default 0.42. */
  readonly blackmanCoefficient?: number | undefined;
  /** Mel bins of the power spectrum (default), or of the magnitudes. */
  readonly usePower?: boolean | undefined;
  /** Triangles of the mel bank; default 23. */
  readonly melBins?: number | undefined;
  /** Hz, where the mel bank begins; default 20. */
  readonly lowFrequency?: number | undefined;
  /** Hz, where it ends; default 0. What is ≤ 0 is added to half the sample rate. */
  readonly highFrequency?: number | undefined;
  /** How many cepstral coefficients, with C0 or the energy; default 13. */
  readonly coefficients?: number | undefined;
  /** Default 22; 0 for none. */
  readonly cepstralLifter?: number | undefined;
  /** Whether the log energy takes the place of C0 (default of 'mfcc': true), or comes before the bins (of 'fbank': false). */
  readonly useEnergy?: boolean | undefined;
  /** Whether the energy is that before pre-emphasis and window; default true. */
  readonly rawEnergy?: boolean | undefined;
  /** The least energy; default 0. */
  readonly energyFloor?: number | undefined;
  /** Whether the energy, or C0 times √2, comes last, as HTK has it; default false. */
  readonly htkCompatible?: boolean | undefined;
  /** How many orders of differences are appended: 0, 1 or 2 (default, which makes 39 numbers of 13). */
  readonly deltas?: number | undefined;
  /** Frames to each side that a difference is taken over; default 2. */
  readonly deltaWindow?: number | undefined;
  /** 'none' (default); 'mean': it is subtracted from every column, differences too; 'mean-variance': the column is then divided by its standard deviation. */
  readonly normalisation?: (typeof normalisations)[number] | undefined;
  /** 'utterance' (default): all of a recording; 'running': the frames just before, as of live sound. */
  readonly normalisationOver?: (typeof normalisationSpans)[number] | undefined;
  /** 'running': how many frames before count; default 600. */
  readonly normalisationWindow?: number | undefined;
  /** 'running': how many frames are waited for at the beginning; default 100, 1 for none. */
  readonly normalisationMinimum?: number | undefined;
}

/** Settings of a front end that were checked, with all defaults; plain data, as models keep them. */
export type FrontEnd = { readonly [Name in keyof FrontEndSettings]-?: NonNullable<FrontEndSettings[Name]> };

/** The same while the sample rate is still open. */
export type CheckedFrontEnd = Omit<FrontEnd, 'sampleRate'> & Pick<FrontEndSettings, 'sampleRate'>;

/**
 * Checks settings once, for all that comes after.
 *
 * @throws SettingError that names the setting, what was received and what was expected.
 */
export function checkFrontEnd(settings: FrontEndSettings): CheckedFrontEnd {
  if (typeof settings !== 'object' || settings === null) {
    throw new SettingError(
      'bad-setting',
      `frontEnd: received ${String(settings)}, expected an object such as { melBins: 23 }`,
      { setting: 'frontEnd' },
    );
  }
  for (const [name, value] of Object.entries(settings)) {
    if (!Object.hasOwn(definitions, name)) {
      throw new SettingError(
        'unknown-setting',
        `a front end has no setting ${name}; there are ${frontEndSettings.join(', ')}`,
        { setting: name },
      );
    }
    if (value !== undefined) checkValue(name, definitions[name as SettingName], value);
  }
  const byDefault = Object.fromEntries(frontEndSettings.map((name) => [name, definitions[name].default]));
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const checked = { ...byDefault, useEnergy: settings.features !== 'fbank', ...given } as CheckedFrontEnd;
  for (const name of frontEndSettings) {
    const need = needs[name];
    if (!need || checked[name] === definitions[name].default || need.values.includes(checked[need.setting]!)) continue;
    throw new SettingError(
      'setting-conflict',
      `${name}: says something only if ${need.setting} is ${need.values.join(' or ')}: leave it out`,
      { setting: name },
    );
  }
  if (checked.features === 'mfcc' && checked.coefficients > checked.melBins) {
    throw new SettingError(
      'bad-setting',
      `coefficients: received ${checked.coefficients}, expected no more than the ${checked.melBins} bins of the mel bank`,
      { setting: 'coefficients' },
    );
  }
  if (checked.normalisationMinimum > checked.normalisationWindow) {
    throw new SettingError(
      'bad-setting',
      `normalisationMinimum: received ${checked.normalisationMinimum}, expected no more than the window of ${checked.normalisationWindow}`,
      { setting: 'normalisationMinimum' },
    );
  }
  return checked;
}

/**
 * The front end for sound of a sample rate.
 *
 * @throws DataError for sound of another rate than the settings say, SettingError for settings that this rate has no room for.
 */
export function frontEndAt(settings: FrontEndSettings, sampleRate: number, name: string): FrontEnd {
  const checked = checkFrontEnd(settings);
  if (!sampleRates.holds(sampleRate)) {
    throw new DataError(
      'mismatch',
      `${name} says that its sample rate is ${sampleRate} Hz, expected ${sampleRates.expected}`,
      { source: name },
    );
  }
  if (checked.sampleRate !== undefined && checked.sampleRate !== sampleRate) {
    throw wrongRate(name, sampleRate, checked.sampleRate, 'asked for (sampleRate)');
  }
  const frontEnd = { ...checked, sampleRate };
  const { frame, shift, low, high } = layoutOf(frontEnd);
  const at = `at ${sampleRate} Hz`;
  if (frame < FEWEST_SAMPLES || frame > MOST_SAMPLES) {
    throw new SettingError(
      'bad-setting',
      `frameLength: ${checked.frameLength} ms are ${frame} samples ${at}, expected ${FEWEST_SAMPLES} to ${MOST_SAMPLES}`,
      { setting: 'frameLength' },
    );
  }
  if (shift < 1)
    throw new SettingError('bad-setting', `frameShift: ${checked.frameShift} ms are less than a sample ${at}`, {
      setting: 'frameShift',
    });
  if (high > sampleRate / 2 || high <= low) {
    throw new SettingError(
      'bad-setting',
      `highFrequency: the mel bank would reach from ${low} to ${high} Hz, which is no range ${at}: it can end between ${low} and ${sampleRate / 2}`,
      { setting: 'highFrequency' },
    );
  }
  return frontEnd;
}

/** Error for sound of the wrong sample rate. */
export function wrongRate(name: string, received: number, expected: number, by: string): DataError {
  return new DataError(
    'mismatch',
    `${name} has a sample rate of ${received} Hz, but ${expected} Hz are ${by}: ` +
      `resample it first, as with: sox IN.wav -r ${expected} OUT.wav`,
    { source: name },
  );
}

/** Sizes, in samples and numbers, and Hz, that follow from settings. */
export interface Layout {
  readonly frame: number;
  readonly shift: number;
  /** Samples of a frame, with zeros up to a power of two. */
  readonly padded: number;
  readonly low: number;
  readonly high: number;
  /** Numbers of a frame before differences. */
  readonly statics: number;
  readonly dimensions: number;
}

export function layoutOf(frontEnd: FrontEnd): Layout {
  const { sampleRate, frameLength, frameShift, lowFrequency, highFrequency, deltas } = frontEnd;
  const frame = Math.floor((sampleRate * frameLength) / 1000);
  const statics = frontEnd.features === 'mfcc' ? frontEnd.coefficients : frontEnd.melBins + Number(frontEnd.useEnergy);
  return {
    frame,
    shift: Math.floor((sampleRate * frameShift) / 1000),
    padded: nextPowerOfTwo(frame),
    low: lowFrequency,
    high: highFrequency > 0 ? highFrequency : sampleRate / 2 + highFrequency,
    statics,
    dimensions: statics * (1 + deltas),
  };
}

function nextPowerOfTwo(count: number): number {
  let power = 4;
  while (power < count) power *= 2;
  return power;
}

/** Whether rows are known only when the recording is whole, as its mean is taken from all. */
export const needsWhole = ({ normalisation, normalisationOver }: FrontEnd): boolean =>
  normalisation !== 'none' && normalisationOver === 'utterance';

/** The first setting in which two front ends differ. */
export function differing(one: FrontEndSettings, other: FrontEnd): SettingName | undefined {
  return frontEndSettings.find((name) => one[name] !== undefined && one[name] !== other[name]);
}

/** A model, or data, whose rows may have been made of sound. */
export interface HasFrontEnd {
  /** Undefined if it is not known, or the rows were numbers. */
  readonly frontEnd?: FrontEnd | undefined;
  /** For messages. */
  readonly name?: string | undefined;
}

/**
 * Rows of sound must have been made as those of the model (or training data) were; of numbers nobody knows.
 *
 * @throws DataError that names the setting that differs.
 */
export function checkSameFrontEnd({ name = 'the data', frontEnd }: HasFrontEnd, other: HasFrontEnd): void {
  const known = other.frontEnd;
  const different = frontEnd && known && differing(frontEnd, known);
  if (!different) return;
  const owner = other.name ?? 'the model';
  if (different === 'sampleRate') throw wrongRate(name, frontEnd.sampleRate, known.sampleRate, `those of ${owner}`);
  throw new DataError(
    'mismatch',
    `${name} was made of sound with ${different} ${frontEnd[different]}, but ${owner} with ${known[different]}: make both alike`,
    { source: name },
  );
}

function checkValue(name: string, definition: Definition, value: unknown): void {
  const refuse = (expected: string): SettingError =>
    new SettingError('bad-setting', `${name}: received ${shown(value)}, expected ${expected}`, { setting: name });
  if (definition.kind === 'number') {
    if (typeof value !== 'number' || !definition.holds(value)) throw refuse(definition.expected);
  } else if (definition.kind === 'choice') {
    if (!definition.choices.includes(value as string)) throw refuse(definition.choices.join(', '));
  } else if (typeof value !== 'boolean') throw refuse('true or false');
}
