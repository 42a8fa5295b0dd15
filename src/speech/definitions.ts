// The table of the front end's settings: everything that is said of one is said here.
import { choice, type DefinitionTable, namesOf, number } from '../util/definition.ts';
import { type Kind, trueOrFalse, whole } from '../util/options.ts';
import type { FrontEndSettings } from './settings-types.ts';
import { windows } from './window.ts';

const group = 'How WAV files become rows';
const shaping = 'How frames of sound, and rows of features, are shaped';

/** Parts of a definition that all settings of a kind share. */
const numericOf = (group: string, range: Kind) => ({ ...number(range), group });
const namedOf = (group: string, names: readonly string[], type?: string) => ({
  ...choice(names, type),
  argument: '<what>',
  group,
});
const numeric = (range: Kind) => numericOf(group, range);
const named = (names: readonly string[], type?: string) => namedOf(group, names, type);
const yesOrNo = { ...trueOrFalse, type: 'boolean', argument: '<bool>', reads: 'boolean', group } as const;

const between = (least: number, most: number): Kind => ({
  expected: `a number from ${least} to ${most}`,
  holds: (value) => typeof value === 'number' && value >= least && value <= most,
});
const milliseconds: Kind = {
  expected: 'a number of ms, > 0, ≤ 10000',
  holds: (value) => typeof value === 'number' && value > 0 && value <= 1e4,
};

const context = whole(0, 100);

/** Lower and higher than those of anything that is called sound. */
export const sampleRates: Kind = whole(100, 1_000_000);

/** Every setting of the front end, in the order of help; Kaldi's defaults, but for those of `deltas` and `dither`. */
export const definitions = {
  features: {
    ...named(['mfcc', 'fbank']),
    default: 'mfcc',
    help: 'cepstral coefficients, or the log energies of the mel bank',
    meaning: "What a frame is described by: 'mfcc', cepstral coefficients; 'fbank', the log energies of the mel bank.",
  },
  sampleRate: {
    ...numeric(sampleRates),
    default: undefined,
    byDefault: 'that of the sound',
    help: 'Hz; sound of another rate is refused',
    meaning: 'The sample rate, in Hz. Sound of another rate is refused.',
  },
  frameLength: {
    ...numeric(milliseconds),
    default: 25,
    help: 'length of a frame, in ms',
    meaning: 'How long a frame is, in ms. Longer frames tell frequencies apart better, and times worse.',
  },
  frameShift: {
    ...numeric(milliseconds),
    default: 10,
    help: 'ms from one frame to the next',
    meaning: 'How far it is from frame to frame, in ms. Shorter gives more rows.',
  },
  snipEdges: {
    ...yesOrNo,
    default: true,
    help: 'only whole frames; or one for each shift, the ends mirrored',
    meaning: 'Whether there are only whole frames; else one for each shift, where the sound is mirrored at its ends.',
  },
  dither: {
    ...numeric(between(0, 1e6)),
    default: 0,
    help: "noise added to every sample, as 16-bit numbers; Kaldi's default is 1",
    meaning:
      "Gaussian noise added to every sample of a frame, always the same, in units of 16-bit numbers. None by default, so that sound without it gives exact numbers; Kaldi's default is 1.",
  },
  removeDcOffset: {
    ...yesOrNo,
    default: true,
    help: "subtract each frame's mean",
    meaning: 'Whether the mean of each frame is subtracted.',
  },
  preEmphasis: {
    ...numeric(between(0, 1)),
    default: 0.97,
    help: 'how much of the sample before is subtracted',
    meaning: 'How much of the sample before is subtracted from each. More raises high frequencies.',
  },
  windowType: {
    ...named(Object.keys(windows), 'WindowName'),
    default: 'povey',
    help: 'shape of frames',
    meaning: 'The shape that frames are multiplied by.',
  },
  blackmanCoefficient: {
    ...numeric(between(0, 1)),
    default: 0.42,
    help: 'of the window blackman',
    meaning: "The coefficient of the window 'blackman'.",
  },
  usePower: {
    ...yesOrNo,
    default: true,
    help: 'mel bins of the power spectrum, or of its root',
    meaning: 'Whether mel bins add up the power spectrum; else the magnitudes.',
  },
  melBins: {
    ...numeric(whole(3, 1024)),
    default: 23,
    help: 'triangles of the mel bank',
    meaning: 'How many triangles the mel bank has. More tell frequencies apart better.',
  },
  lowFrequency: {
    ...numeric(between(0, 1e6)),
    default: 20,
    help: 'Hz, where the mel bank begins',
    meaning: 'Where the mel bank begins, in Hz.',
  },
  highFrequency: {
    ...numeric(between(-1e6, 1e6)),
    default: 0,
    help: 'Hz, where it ends; ≤ 0: so far below half the sample rate',
    meaning: 'Where the mel bank ends, in Hz. What is ≤ 0 is added to half the sample rate.',
  },
  coefficients: {
    ...numeric(whole(1, 1024)),
    default: 13,
    help: 'mfcc: how many, with C0 or the energy',
    meaning: 'How many cepstral coefficients there are, with C0 or the energy; no more than mel bins.',
  },
  cepstralLifter: {
    ...numeric(between(0, 1e6)),
    default: 22,
    help: 'mfcc: how much higher ones are raised; 0: not at all',
    meaning: 'How much higher cepstral coefficients are raised; 0 for not at all.',
  },
  useEnergy: {
    ...yesOrNo,
    default: true,
    help: 'log energy in place of C0, or before the bins of fbank (there off by default)',
    meaning:
      "Whether the log energy takes the place of C0, or comes before the bins of 'fbank', where it is off by default.",
  },
  rawEnergy: {
    ...yesOrNo,
    default: true,
    help: 'energy before pre-emphasis and window',
    meaning: 'Whether the energy is that before pre-emphasis and window.',
  },
  energyFloor: {
    ...numeric(between(0, 1e12)),
    default: 0,
    help: 'least energy; 0: none but float32 epsilon',
    meaning: 'The least energy; 0 for none but the epsilon of float32.',
  },
  htkCompatible: {
    ...yesOrNo,
    default: false,
    help: 'C0 (times √2) or the energy last, as HTK has it',
    meaning: 'Whether the energy, or C0 times √2, comes last, as HTK has it.',
  },
  deltas: {
    ...numericOf(shaping, whole(0, 2)),
    default: 2,
    byDefault: '2 of sound, 0 of features',
    help: 'differences appended: none, first, first and second; Kaldi has none',
    meaning:
      'How many orders of differences are appended: none, first, or first and second, which make 39 numbers of 13. None by default to rows that are features already.',
  },
  deltaWindow: {
    ...numericOf(shaping, whole(1, 100)),
    default: 2,
    help: 'frames to each side that a difference is taken over',
    meaning: 'Over how many frames to each side a difference is taken. More make it smoother.',
  },
  normalisation: {
    ...namedOf(shaping, ['none', 'mean', 'mean-variance']),
    default: 'none',
    help: 'subtract the mean of every column, and divide by its deviation',
    meaning:
      "What is made alike between recordings: 'none'; 'mean', it is subtracted from every column, differences too; 'mean-variance', the column is then divided by its standard deviation.",
  },
  normalisationOver: {
    ...namedOf(shaping, ['utterance', 'group', 'running']),
    default: 'utterance',
    help: 'all of an utterance, or of a group of them (--groups), or the frames just before',
    meaning:
      "Over which frames it is: 'utterance', all of a recording; 'group', all of its group, such as a speaker's (`groups`); 'running', the frames just before, as of live sound.",
  },
  normalisationWindow: {
    ...numericOf(shaping, whole(1, 10_000)),
    default: 600,
    help: 'running: frames before that count',
    meaning: "Of 'running': how many frames before count.",
  },
  normalisationMinimum: {
    ...numericOf(shaping, whole(1, 10_000)),
    default: 100,
    help: 'running: frames to wait for at the beginning',
    meaning: "Of 'running': how many frames are waited for at the beginning; 1 for none.",
  },
  splice: {
    type: 'readonly [before: number, after: number]',
    argument: '<list>',
    reads: 'numbers' as const,
    group: shaping,
    expected: 'two whole numbers from 0 to 100: rows before, and rows after',
    holds: (value: unknown) => Array.isArray(value) && value.length === 2 && value.every(context.holds),
    default: [0, 0] as const,
    help: 'rows before and after that are put beside each row, as in 4,4',
    meaning:
      'How many rows before and after each are put beside it, the first and the last standing for those that are not there.',
  },
  vad: {
    ...namedOf(shaping, ['none', 'energy']),
    default: 'none',
    help: 'leave out rows without voice: those of little energy (the first column)',
    meaning:
      "Which rows are left out, last of all: 'none'; 'energy', those around which the first column, the log energy or C0, is low.",
  },
  vadThreshold: {
    ...numericOf(shaping, between(-1e6, 1e6)),
    default: 5,
    help: 'energy: that a row must have more of',
    meaning: "Of 'energy': the least log energy, besides the share of the mean.",
  },
  vadMeanScale: {
    ...numericOf(shaping, between(0, 1e3)),
    default: 0.5,
    help: "energy: how much of the utterance's mean is added to the threshold",
    meaning: "Of 'energy': how much of the mean log energy of the utterance is added to the threshold.",
  },
  vadContext: {
    ...numericOf(shaping, context),
    default: 0,
    help: 'energy: rows to each side that are asked too',
    meaning: "Of 'energy': how many rows to each side decide about a row as well.",
  },
  vadProportion: {
    ...numericOf(shaping, between(0, 1)),
    default: 0.6,
    help: 'energy: share of them that must have it',
    meaning: "Of 'energy': which share of those rows must be above the threshold.",
  },
} satisfies DefinitionTable<FrontEndSettings>;

/** The name of a setting. */
export type SettingName = keyof typeof definitions;

/** The names of all settings. */
export const frontEndSettings: readonly SettingName[] = namesOf(definitions);

/** Those that shape rows that are features already, too. */
export const shapingSettings = [
  'deltas',
  'deltaWindow',
  'normalisation',
  'normalisationOver',
  'normalisationWindow',
  'normalisationMinimum',
  'splice',
  'vad',
  'vadThreshold',
  'vadMeanScale',
  'vadContext',
  'vadProportion',
] as const satisfies readonly SettingName[];

/** Which settings say something only if another is so. */
export const needs: Readonly<
  Partial<Record<SettingName, { readonly setting: SettingName; readonly values: readonly unknown[] }>>
> = {
  blackmanCoefficient: { setting: 'windowType', values: ['blackman'] },
  coefficients: { setting: 'features', values: ['mfcc'] },
  cepstralLifter: { setting: 'features', values: ['mfcc'] },
  rawEnergy: { setting: 'useEnergy', values: [true] },
  energyFloor: { setting: 'useEnergy', values: [true] },
  deltaWindow: { setting: 'deltas', values: [1, 2] },
  normalisationOver: { setting: 'normalisation', values: ['mean', 'mean-variance'] },
  normalisationWindow: { setting: 'normalisationOver', values: ['running'] },
  normalisationMinimum: { setting: 'normalisationOver', values: ['running'] },
  vadThreshold: { setting: 'vad', values: ['energy'] },
  vadMeanScale: { setting: 'vad', values: ['energy'] },
  vadContext: { setting: 'vad', values: ['energy'] },
  vadProportion: { setting: 'vad', values: ['energy'] },
};
