// Options of utterances: which there are, and what belongs to them.

/** How lists of recordings (Kaldi's wav.scp) are read, and what is said of utterances in files of their own. */
export interface UtteranceOptions {
  /** Lists of recordings: whether their commands (lines that end with `|`) are run, by `sh -c`; else they are refused. */
  readonly allowCommands?: boolean | undefined;
  /** Lists of recordings: Kaldi's file of segments, lines of a name, a recording, its start and end in seconds. */
  readonly segments?: string | undefined;
  /** Kaldi's utt2spk (lines of an utterance and its group, such as a speaker) or spk2utt. */
  readonly groups?: string | undefined;
  /** Archive or list (.ark, .scp) of vectors, one number for each row of an utterance: rows of 0 are left out, last of all. */
  readonly voiced?: string | undefined;
}
