// Options of lists of recordings.

/** How lists of recordings (Kaldi's wav.scp) are read. */
export interface ListOptions {
  /** Lists of recordings: whether their commands (lines that end with `|`) are run, by `sh -c`; else they are refused. */
  readonly allowCommands?: boolean | undefined;
  /** Lists of recordings: Kaldi's file of segments, lines of a name, a recording, its start and end in seconds. */
  readonly segments?: string | undefined;
}
