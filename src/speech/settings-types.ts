// The settings of the front end, for TypeScript; made by `npm run generate`.
import type { WindowName } from './window.ts';

/** How sound becomes rows of numbers; the words and defaults are Kaldi's, where nothing else is said. */
export interface FrontEndSettings {
  /**
   * What a frame is described by: 'mfcc', cepstral coefficients; 'fbank', the log energies of the mel bank.
   *
   * Range: mfcc, fbank. On the command line: `--features`.
   *
   * @defaultValue mfcc
   */
  readonly features?: 'mfcc' | 'fbank' | undefined;
  /**
   * The sample rate, in Hz. Sound of another rate is refused.
   *
   * Range: a whole number from 100 to 1000000. On the command line: `--sample-rate`.
   *
   * @defaultValue that of the sound
   */
  readonly sampleRate?: number | undefined;
  /**
   * How long a frame is, in ms. Longer frames tell frequencies apart better, and times worse.
   *
   * Range: a number of ms, > 0, ≤ 10000. On the command line: `--frame-length`.
   *
   * @defaultValue 25
   */
  readonly frameLength?: number | undefined;
  /**
   * How far it is from frame to frame, in ms. Shorter gives more rows.
   *
   * Range: a number of ms, > 0, ≤ 10000. On the command line: `--frame-shift`.
   *
   * @defaultValue 10
   */
  readonly frameShift?: number | undefined;
  /**
   * Whether there are only whole frames; else one for each shift, where the sound is mirrored at its ends.
   *
   * Range: true or false. On the command line: `--snip-edges`.
   *
   * @defaultValue true
   */
  readonly snipEdges?: boolean | undefined;
  /**
   * Gaussian noise added to every sample of a frame, always the same, in units of 16-bit numbers. None by default, so
   * that sound without it gives exact numbers; Kaldi's default is 1.
   *
   * Range: a number from 0 to 1000000. On the command line: `--dither`.
   *
   * @defaultValue 0
   */
  readonly dither?: number | undefined;
  /**
   * Whether the mean of each frame is subtracted.
   *
   * Range: true or false. On the command line: `--remove-dc-offset`.
   *
   * @defaultValue true
   */
  readonly removeDcOffset?: boolean | undefined;
  /**
   * How much of the sample before is subtracted from each. More raises high frequencies.
   *
   * Range: a number from 0 to 1. On the command line: `--pre-emphasis`.
   *
   * @defaultValue 0.97
   */
  readonly preEmphasis?: number | undefined;
  /**
   * The shape that frames are multiplied by.
   *
   * Range: povey, hamming, hann, rectangular, blackman, sine. On the command line: `--window-type`.
   *
   * @defaultValue povey
   */
  readonly windowType?: WindowName | undefined;
  /**
   * The coefficient of the window 'blackman'.
   *
   * Range: a number from 0 to 1. On the command line: `--blackman-coefficient`.
   *
   * @defaultValue 0.42
   */
  readonly blackmanCoefficient?: number | undefined;
  /**
   * Whether mel bins add up the power spectrum; else the magnitudes.
   *
   * Range: true or false. On the command line: `--use-power`.
   *
   * @defaultValue true
   */
  readonly usePower?: boolean | undefined;
  /**
   * How many triangles the mel bank has. More tell frequencies apart better.
   *
   * Range: a whole number from 3 to 1024. On the command line: `--mel-bins`.
   *
   * @defaultValue 23
   */
  readonly melBins?: number | undefined;
  /**
   * Where the mel bank begins, in Hz.
   *
   * Range: a number from 0 to 1000000. On the command line: `--low-frequency`.
   *
   * @defaultValue 20
   */
  readonly lowFrequency?: number | undefined;
  /**
   * Where the mel bank ends, in Hz. What is ≤ 0 is added to half the sample rate.
   *
   * Range: a number from -1000000 to 1000000. On the command line: `--high-frequency`.
   *
   * @defaultValue 0
   */
  readonly highFrequency?: number | undefined;
  /**
   * How many cepstral coefficients there are, with C0 or the energy; no more than mel bins.
   *
   * Range: a whole number from 1 to 1024. On the command line: `--coefficients`.
   *
   * @defaultValue 13
   */
  readonly coefficients?: number | undefined;
  /**
   * How much higher cepstral coefficients are raised; 0 for not at all.
   *
   * Range: a number from 0 to 1000000. On the command line: `--cepstral-lifter`.
   *
   * @defaultValue 22
   */
  readonly cepstralLifter?: number | undefined;
  /**
   * Whether the log energy takes the place of C0, or comes before the bins of 'fbank', where it is off by default.
   *
   * Range: true or false. On the command line: `--use-energy`.
   *
   * @defaultValue true
   */
  readonly useEnergy?: boolean | undefined;
  /**
   * Whether the energy is that before pre-emphasis and window.
   *
   * Range: true or false. On the command line: `--raw-energy`.
   *
   * @defaultValue true
   */
  readonly rawEnergy?: boolean | undefined;
  /**
   * The least energy; 0 for none but the epsilon of float32.
   *
   * Range: a number from 0 to 1000000000000. On the command line: `--energy-floor`.
   *
   * @defaultValue 0
   */
  readonly energyFloor?: number | undefined;
  /**
   * Whether the energy, or C0 times √2, comes last, as HTK has it.
   *
   * Range: true or false. On the command line: `--htk-compatible`.
   *
   * @defaultValue false
   */
  readonly htkCompatible?: boolean | undefined;
  /**
   * How many orders of differences are appended: none, first, or first and second, which make 39 numbers of 13. None
   * by default to rows that are features already.
   *
   * Range: a whole number from 0 to 2. On the command line: `--deltas`.
   *
   * @defaultValue 2 of sound, 0 of features
   */
  readonly deltas?: number | undefined;
  /**
   * Over how many frames to each side a difference is taken. More make it smoother.
   *
   * Range: a whole number from 1 to 100. On the command line: `--delta-window`.
   *
   * @defaultValue 2
   */
  readonly deltaWindow?: number | undefined;
  /**
   * What is made alike between recordings: 'none'; 'mean', it is subtracted from every column, differences too;
   * 'mean-variance', the column is then divided by its standard deviation.
   *
   * Range: none, mean, mean-variance. On the command line: `--normalisation`.
   *
   * @defaultValue none
   */
  readonly normalisation?: 'none' | 'mean' | 'mean-variance' | undefined;
  /**
   * Over which frames it is: 'utterance', all of a recording; 'group', all of its group, such as a speaker's
   * (`groups`); 'running', the frames just before, as of live sound.
   *
   * Range: utterance, group, running. On the command line: `--normalisation-over`.
   *
   * @defaultValue utterance
   */
  readonly normalisationOver?: 'utterance' | 'group' | 'running' | undefined;
  /**
   * Of 'running': how many frames before count.
   *
   * Range: a whole number from 1 to 10000. On the command line: `--normalisation-window`.
   *
   * @defaultValue 600
   */
  readonly normalisationWindow?: number | undefined;
  /**
   * Of 'running': how many frames are waited for at the beginning; 1 for none.
   *
   * Range: a whole number from 1 to 10000. On the command line: `--normalisation-minimum`.
   *
   * @defaultValue 100
   */
  readonly normalisationMinimum?: number | undefined;
  /**
   * How many rows before and after each are put beside it, the first and the last standing for those that are not
   * there.
   *
   * Range: two whole numbers from 0 to 100: rows before, and rows after. On the command line: `--splice`.
   *
   * @defaultValue 0,0
   */
  readonly splice?: readonly [before: number, after: number] | undefined;
  /**
   * Which rows are left out, last of all: 'none'; 'energy', those around which the first column, the log energy or
   * C0, is low.
   *
   * Range: none, energy. On the command line: `--vad`.
   *
   * @defaultValue none
   */
  readonly vad?: 'none' | 'energy' | undefined;
  /**
   * Of 'energy': the least log energy, besides the share of the mean.
   *
   * Range: a number from -1000000 to 1000000. On the command line: `--vad-threshold`.
   *
   * @defaultValue 5
   */
  readonly vadThreshold?: number | undefined;
  /**
   * Of 'energy': how much of the mean log energy of the utterance is added to the threshold.
   *
   * Range: a number from 0 to 1000. On the command line: `--vad-mean-scale`.
   *
   * @defaultValue 0.5
   */
  readonly vadMeanScale?: number | undefined;
  /**
   * Of 'energy': how many rows to each side decide about a row as well.
   *
   * Range: a whole number from 0 to 100. On the command line: `--vad-context`.
   *
   * @defaultValue 0
   */
  readonly vadContext?: number | undefined;
  /**
   * Of 'energy': which share of those rows must be above the threshold.
   *
   * Range: a number from 0 to 1. On the command line: `--vad-proportion`.
   *
   * @defaultValue 0.6
   */
  readonly vadProportion?: number | undefined;
}
