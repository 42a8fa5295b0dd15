// FrontEnd: how sound becomes rows, and how rows are shaped.
import { DataError, SettingError } from '../errors.ts';
import { withDefaults } from '../util/definition.ts';
import { checkValue } from '../util/options.ts';
import { definitions, frontEndSettings, needs, type SettingName, sampleRates, shapingSettings } from './definitions.ts';
import type { FrontEndSettings } from './settings-types.ts';

export type { FrontEndSettings } from './settings-types.ts';

/** Of a frame. */
const FEWEST_SAMPLES = 3;
const MOST_SAMPLES = 1 << 20;

/** How sound became rows: settings that were checked, with all defaults; plain data, as models keep them. */
export type SoundFrontEnd = { readonly [Name in keyof FrontEndSettings]-?: NonNullable<FrontEndSettings[Name]> };

/** How rows are shaped. */
export type Shaping = Pick<SoundFrontEnd, (typeof shapingSettings)[number]>;

/** How rows that were features already were shaped. */
export interface RowFrontEnd extends Shaping {
  /** What tells it from a front end of sound. */
  readonly features: 'rows';
  /** Numbers of a row before. */
  readonly columns: number;
}

/** How rows were made, of sound or of other rows. */
export type FrontEnd = SoundFrontEnd | RowFrontEnd;

/** The same of sound while the sample rate is still open. */
export type CheckedFrontEnd = Omit<SoundFrontEnd, 'sampleRate'> & Pick<FrontEndSettings, 'sampleRate'>;

export const isOfRows = (frontEnd: FrontEnd): frontEnd is RowFrontEnd => frontEnd.features === 'rows';

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
    checkValue(name, value, definitions[name as SettingName]);
  }
  const { useEnergy = settings.features !== 'fbank' } = settings;
  const checked = withDefaults(definitions, { ...settings, useEnergy });
  for (const name of frontEndSettings) {
    const need = needs[name];
    if (!need || isSame(checked[name], definitions[name].default) || need.values.includes(checked[need.setting]!))
      continue;
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
export function frontEndAt(settings: FrontEndSettings, sampleRate: number, name: string): SoundFrontEnd {
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

/**
 * The front end for rows of features.
 *
 * @throws SettingError for settings that only sound has.
 */
export function rowFrontEnd(settings: FrontEndSettings, columns: number, name: string): RowFrontEnd {
  const shaping: readonly string[] = shapingSettings;
  const ofSound = Object.keys(settings).find((setting) => !shaping.includes(setting));
  if (ofSound !== undefined && Object.hasOwn(definitions, ofSound)) {
    throw new SettingError(
      'setting-conflict',
      `${ofSound}: ${name} holds rows, not sound: of a front end they have ${shapingSettings.join(', ')}`,
      { setting: ofSound },
    );
  }
  const checked = checkFrontEnd({ deltas: 0, ...settings });
  const shaped = Object.fromEntries(
    shapingSettings.map((setting) => [setting, checked[setting]]),
  ) as unknown as Shaping;
  return { features: 'rows', columns, ...shaped };
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
export interface FrameLayout {
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

export function layoutOf(frontEnd: SoundFrontEnd): FrameLayout {
  const { sampleRate, frameLength, frameShift, lowFrequency, highFrequency } = frontEnd;
  const frame = Math.floor((sampleRate * frameLength) / 1000);
  const statics = frontEnd.features === 'mfcc' ? frontEnd.coefficients : frontEnd.melBins + Number(frontEnd.useEnergy);
  return {
    frame,
    shift: Math.floor((sampleRate * frameShift) / 1000),
    padded: nextPowerOfTwo(frame),
    low: lowFrequency,
    high: highFrequency > 0 ? highFrequency : sampleRate / 2 + highFrequency,
    statics,
    dimensions: shapedColumns(statics, frontEnd),
  };
}

/** Numbers of a row of so many once it is shaped. */
export const shapedColumns = (columns: number, { deltas, splice: [before, after] }: Shaping): number =>
  columns * (1 + deltas) * (1 + before + after);

/** Numbers of a row that a front end gives. */
export const columnsOf = (frontEnd: FrontEnd): number =>
  isOfRows(frontEnd) ? shapedColumns(frontEnd.columns, frontEnd) : layoutOf(frontEnd).dimensions;

function nextPowerOfTwo(count: number): number {
  let power = 4;
  while (power < count) power *= 2;
  return power;
}

/** Whether rows are known only when the utterance, or its group, is whole: a mean is taken from all. */
export const needsWhole = ({ normalisation, normalisationOver, vad }: Shaping): boolean =>
  (normalisation !== 'none' && normalisationOver !== 'running') || vad !== 'none';

/** Settings that models of earlier versions do not know. */
const LATER: readonly string[] = ['splice', 'vad', 'vadThreshold', 'vadMeanScale', 'vadContext', 'vadProportion'];

/** A front end as model files hold it: without what earlier versions do not know, and do without. */
export function storedFrontEnd(frontEnd: FrontEnd): object {
  const isOld = ([name, value]: readonly [string, unknown]): boolean =>
    !LATER.includes(name) || !isSame(value, definitions[name as SettingName].default);
  return Object.fromEntries(Object.entries(frontEnd).filter(isOld));
}

/** The first setting in which two front ends differ. */
function differing(one: FrontEndSettings | FrontEnd, other: FrontEnd): string | undefined {
  const [ours, theirs] = [one, other] as Readonly<Record<string, unknown>>[];
  return Object.keys(ours!).find((name) => ours![name] !== undefined && !isSame(ours![name], theirs![name]));
}

/**
 * Checks that settings do not contradict the front end that is known of `whose` (the model).
 *
 * @throws SettingError that names the first that does.
 */
export function checkAgrees(given: FrontEndSettings, known: FrontEnd, whose = 'the model'): void {
  const other = differing(given, known);
  if (!other) return;
  const [received, expected] = [given, known].map((all) =>
    JSON.stringify((all as Readonly<Record<string, unknown>>)[other]),
  );
  throw new SettingError(
    'setting-conflict',
    `${other}: received ${received}, but ${whose} has ${expected}: leave it out`,
    { setting: other },
  );
}

/** Settings are numbers, texts, truth values, and pairs of numbers. */
const isSame = (one: unknown, other: unknown): boolean => String(one) === String(other);

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
  if (different === 'sampleRate' && !isOfRows(frontEnd) && !isOfRows(known))
    throw wrongRate(name, frontEnd.sampleRate, known.sampleRate, `those of ${owner}`);
  const [ours, theirs] = [frontEnd, known] as unknown as Readonly<Record<string, unknown>>[];
  throw new DataError(
    'mismatch',
    `${name} was made with ${different} ${ours![different]}, but ${owner} with ${theirs![different]}: make both alike`,
    { source: name },
  );
}
