// The table of front-end settings: range, default and help.
import { windows } from './window.ts';

/** A setting of the front end: what it may be, what it is by default, and what it is, for help. */
export type Definition = NumberDefinition | ChoiceDefinition | SwitchDefinition;

interface NumberDefinition {
  readonly kind: 'number';
  readonly default: number | undefined;
  readonly expected: string;
  readonly holds: (value: number) => boolean;
  readonly help: string;
}

interface ChoiceDefinition {
  readonly kind: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
  readonly help: string;
}

interface SwitchDefinition {
  readonly kind: 'switch';
  readonly default: boolean;
  readonly help: string;
}

const choice = (choices: readonly string[], help: string): ChoiceDefinition => ({
  kind: 'choice',
  default: choices[0]!,
  choices,
  help,
});
const toggle = (byDefault: boolean, help: string): SwitchDefinition => ({ kind: 'switch', default: byDefault, help });

type Range = Pick<NumberDefinition, 'expected' | 'holds'>;

const number = (byDefault: number | undefined, range: Range, help: string): NumberDefinition => ({
  kind: 'number',
  default: byDefault,
  ...range,
  help,
});
const whole = (least: number, most: number): Range => ({
  expected: `a whole number from ${least} to ${most}`,
  holds: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
});
const between = (least: number, most: number): Range => ({
  expected: `a number from ${least} to ${most}`,
  holds: (value) => value >= least && value <= most,
});
const milliseconds: Range = { expected: 'a number of ms, > 0, ≤ 10000', holds: (value) => value > 0 && value <= 1e4 };

/** Lower and higher than those of anything that is called sound. */
export const sampleRates: Range = whole(100, 1_000_000);

/** Kinds of features. */
export const featureKinds = ['mfcc', 'fbank'] as const;
/** Kinds of normalisation. */
export const normalisations = ['none', 'mean', 'mean-variance'] as const;
/** Over which frames. */
export const normalisationSpans = ['utterance', 'running'] as const;

/** Every setting of the front end, in the order of help; Kaldi's defaults, but for those of `deltas` and `dither`. */
export const definitions = {
  features: choice(featureKinds, 'cepstral coefficients, or the log energies of the mel bank'),
  sampleRate: number(undefined, sampleRates, 'Hz; sound of another rate is refused (default: that of the sound)'),
  frameLength: number(25, milliseconds, 'ms'),
  frameShift: number(10, milliseconds, 'ms from frame to frame'),
  snipEdges: toggle(true, 'only whole frames; or one for each shift, the ends mirrored'),
  dither: number(0, between(0, 1e6), "noise added to every sample, as 16-bit numbers; Kaldi's default is 1"),
  removeDcOffset: toggle(true, "subtract each frame's mean"),
  preEmphasis: number(0.97, between(0, 1), 'how much of the sample before is subtracted'),
  windowType: choice(Object.keys(windows), 'shape of frames'),
  blackmanCoefficient: number(0.42, between(0, 1), 'of the window blackman'),
  usePower: toggle(true, 'mel bins of the power spectrum, or of its root'),
  melBins: number(23, whole(3, 1024), 'triangles of the mel bank'),
  lowFrequency: number(20, between(0, 1e6), 'Hz, where the mel bank begins'),
  highFrequency: number(0, between(-1e6, 1e6), 'Hz, where it ends; ≤ 0: so far below half the sample rate'),
  coefficients: number(13, whole(1, 1024), 'mfcc: how many, with C0 or the energy'),
  cepstralLifter: number(22, between(0, 1e6), 'mfcc: how much higher ones are raised; 0: not at all'),
  useEnergy: toggle(true, 'log energy in place of C0, or before the bins of fbank (there off by default)'),
  rawEnergy: toggle(true, 'energy before pre-emphasis and window'),
  energyFloor: number(0, between(0, 1e12), 'least energy; 0: none but float32 epsilon'),
  htkCompatible: toggle(false, 'C0 (times √2) or the energy last, as HTK has it'),
  deltas: number(2, whole(0, 2), 'differences appended: none, first, first and second; Kaldi has none'),
  deltaWindow: number(2, whole(1, 100), 'frames to each side that a difference is taken over'),
  normalisation: choice(normalisations, 'subtract the mean of every column, and divide by its deviation'),
  normalisationOver: choice(normalisationSpans, 'all of a recording, or the frames just before'),
  normalisationWindow: number(600, whole(1, 10_000), 'running: frames before that count'),
  normalisationMinimum: number(100, whole(1, 10_000), 'running: frames to wait for at the beginning'),
} satisfies Record<string, Definition>;

/** The name of a setting. */
export type SettingName = keyof typeof definitions;

/** The names of all settings. */
export const frontEndSettings: readonly SettingName[] = Object.keys(definitions) as SettingName[];

/** Which settings say something only if another is so. */
export const needs: Readonly<
  Partial<
    Record<SettingName, { readonly setting: SettingName; readonly values: readonly (string | number | boolean)[] }>
  >
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
};
