// Texts of the state of an online fit, checked.
import { DataError, messageOf } from '../../errors.ts';
import { type CheckedOnline, checkOnline } from './settings.ts';

/** Settings, checked as if somebody had just set them. */
export function parseSettings(text: string, name: string): CheckedOnline {
  const { hasHeldOut, ...settings } = parseState(text, name) as CheckedOnline;
  try {
    return { ...checkOnline({ ...settings, heldOut: '' }), hasHeldOut: hasHeldOut === true };
  } catch (error) {
    throw new DataError('damaged', `${name} is damaged: ${messageOf(error)}`, { source: name, cause: error });
  }
}

/** An object that a text holds. */
export function parseState(text: string, name: string): object {
  try {
    return Object(JSON.parse(text));
  } catch (error) {
    throw new DataError('damaged', `${name} is damaged: its state cannot be read: ${messageOf(error)}`, {
      source: name,
      cause: error,
    });
  }
}
