// The table of commands: what help says of them, and where they are, which is loaded for the one that runs.
import type { Command } from 'commander';

/** Gives a command its arguments, flags, and what it does. */
type AddCommand = (command: Command, signal: AbortSignal) => void;

interface CommandRow {
  /** Its arguments, as help lists them. */
  readonly takes: string;
  readonly summary: string;
  load(): Promise<AddCommand>;
}

const commands: Readonly<Record<string, CommandRow>> = {
  fit: { takes: '<data...>', summary: 'fit a model to data', load: async () => (await import('./fit.ts')).addFit },
  online: {
    takes: '<data...>',
    summary: 'learn from rows as they arrive',
    load: async () => (await import('./online.ts')).addOnline,
  },
  predict: {
    takes: '<model> <data...>',
    summary: 'label rows, or give their log-probabilities',
    load: async () => (await import('./predict.ts')).addPredict,
  },
  score: {
    takes: '<model> <data...>',
    summary: 'tell how well a model explains data',
    load: async () => (await import('./score.ts')).addScore,
  },
  identify: {
    takes: '<models-and-data...>',
    summary: 'tell which model explains utterances best',
    load: async () => (await import('./identify.ts')).addIdentify,
  },
  adapt: {
    takes: '<model> <data...>',
    summary: 'adapt a model to a speaker',
    load: async () => (await import('./adapt.ts')).addAdapt,
  },
  simplify: {
    takes: '<model> <data...>',
    summary: 'drop vanished components',
    load: async () => (await import('./simplify.ts')).addSimplify,
  },
  impute: {
    takes: '<model> <data...>',
    summary: 'put what is to be expected in place of missing numbers',
    load: async () => (await import('./impute.ts')).addImpute,
  },
  sample: {
    takes: '<model>',
    summary: 'draw rows from a model',
    load: async () => (await import('./sample.ts')).addSample,
  },
  convert: {
    takes: '<in...>',
    summary: 'write data in another format',
    load: async () => (await import('./convert.ts')).addConvert,
  },
  features: {
    takes: '<in...>',
    summary: 'describe sound by numbers: MFCC',
    load: async () => (await import('./features.ts')).addFeatures,
  },
  import: {
    takes: '<file>',
    summary: 'read a model of Kaldi, scikit-learn, …',
    load: async () => (await import('./import.ts')).addImport,
  },
  export: {
    takes: '<model>',
    summary: 'write a model for Kaldi, NumPy, …',
    load: async () => (await import('./export.ts')).addExport,
  },
  info: { takes: '<model>', summary: 'describe a saved model', load: async () => (await import('./info.ts')).addInfo },
};

/** Adds all commands to the program; those that are not among the words that it was called with only to be listed. */
export async function addCommands(program: Command, words: readonly string[], signal: AbortSignal): Promise<void> {
  program.configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}` });
  for (const [name, { takes, summary, load }] of Object.entries(commands)) {
    const command = program.command(name).summary(summary);
    if (words.includes(name)) (await load())(command, signal);
    else command.usage(`[options] ${takes}`);
    command.copyInheritedSettings(program);
  }
}
