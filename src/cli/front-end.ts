// A flag for each front-end setting.
import type { Command } from 'commander';
import { definitions } from '../speech/definitions.ts';
import type { FrontEndSettings } from '../speech/front-end.ts';
import { givenOf } from '../util/definition.ts';
import { addDefinedOptions } from './defined-options.ts';

/** One flag for each setting of the front end. */
export const addFrontEndOptions = (command: Command): Command => addDefinedOptions(command, definitions);

/** Those flags that were given; undefined if there are none. */
export function frontEndOf(flags: FrontEndSettings): FrontEndSettings | undefined {
  const given = givenOf(definitions, flags);
  return Object.keys(given).length === 0 ? undefined : given;
}
