// A flag for each front-end setting.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Definition, definitions, frontEndSettings } from '../speech/definitions.ts';
import type { FrontEndSettings } from '../speech/front-end.ts';
import { decimal } from './text.ts';

const GROUP = 'How WAV files become rows:';

/** One flag for each setting of the front end. */
export function addFrontEndOptions(command: Command): Command {
  for (const name of frontEndSettings) command.addOption(optionOf(name, definitions[name]));
  return command;
}

/** Those flags that were given; undefined if there are none. */
export function frontEndOf(flags: FrontEndSettings): FrontEndSettings | undefined {
  const given = frontEndSettings.filter((name) => flags[name] !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given.map((name) => [name, flags[name]]));
}

function optionOf(name: string, definition: Definition): Option {
  const { default: byDefault, help } = definition;
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const text = byDefault === undefined ? help : `${help} (default: ${byDefault})`;
  if (definition.kind === 'number') return new Option(`${flag} <n>`, text).argParser(decimal).helpGroup(GROUP);
  if (definition.kind === 'switch') return new Option(`${flag} <bool>`, text).argParser(bool).helpGroup(GROUP);
  return new Option(`${flag} <what>`, text).choices(definition.choices).helpGroup(GROUP);
}

function bool(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Expected true or false.');
  return text === 'true';
}
