// WAV files, as rows made by a front end.
import type { Format, Opener } from '../table.ts';
import { lookAtRecording, readRecording } from './recording-threads.ts';

/**
 * Sound in WAV files, of which a front end makes rows: PCM of up to 64 bits, floats of 32 or 64. A file is a recording
 * of its own; nothing crosses from one to the next. Source: the RIFF specification, EBU Tech 3306 (RF64).
 */
export const wav: Opener & Required<Pick<Format, 'look'>> = { open: readRecording, look: lookAtRecording };
