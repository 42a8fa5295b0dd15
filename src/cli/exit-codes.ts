// Exit codes of commands.
export const FAILED = 1;
export const WRONG_USAGE = 2;
/** Of an interrupted command; the signal makes its own of it. */
export const INTERRUPTED = 130;
