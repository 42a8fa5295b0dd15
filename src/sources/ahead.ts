// How far readings run ahead.

/** So many short files are opened, with all of their rows, while those before them are read. */
export const OPEN_AHEAD = 8;
