// Flags made of tables of settings.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Definition, type Flag, flagName, flagsOf, type Reading } from '../util/definition.ts';
import { decimal } from './text.ts';

/** How what follows a flag becomes a setting; a text, and the mere presence of a flag, are what they are. */
const readers: Readonly<Partial<Record<Reading, (flag: Flag) => (text: string) => unknown>>> = {
  number: () => decimal,
  numbers: () => (text) => text.split(',').map(decimal),
  boolean: () => trueOrFalse,
  list: (flag) => (text) => partsOf(text, flag),
};

/** Adds the flags of a table's settings, those under some headings or all. */
export function addDefinedOptions(
  command: Command,
  table: Readonly<Record<string, Definition>>,
  headings: readonly string[] = Object.values(table).map(({ group }) => group),
): Command {
  for (const [name, definition] of Object.entries(table)) {
    if (!headings.includes(definition.group)) continue;
    for (const flag of flagsOf(name, definition)) command.addOption(optionOf(flag).helpGroup(`${definition.group}:`));
  }
  return command;
}

function optionOf(flag: Flag): Option {
  const { name, argument, reads, help, choices, conflicts } = flag;
  const option = new Option([flagName(name), argument].join(' ').trim(), help).conflicts([...(conflicts ?? [])]);
  const reader = readers[reads]?.(flag);
  if (reader) return option.argParser(reader);
  return choices ? option.choices(choices) : option;
}

function trueOrFalse(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Expected true or false.');
  return text === 'true';
}

function partsOf(text: string, { choices }: Flag): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (choices && !parts.every((part) => choices.includes(part))) {
    throw new InvalidArgumentError(`Expected some of ${choices.join(', ')}, with commas between them.`);
  }
  return parts;
}
