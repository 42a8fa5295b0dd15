// `megamix export`.
import type { Command } from 'commander';
import { Option } from 'commander';
import { type ExportFormatName, exportFormats, exportModel } from '../inference/export.ts';
import { MixtureModel } from '../inference/model.ts';
import { addModelOptions, type ModelFlags } from './options.ts';
import { checkModelOutput } from './output.ts';

interface ExportFlags extends ModelFlags {
  readonly output: string;
  readonly format?: ExportFormatName;
  readonly text?: boolean;
}

const EXAMPLES = `
Examples:
  megamix export ubm.h5 -o final.dubm
  megamix export ubm.h5 -o final.ubm --text
  megamix export dp.h5 -o dp.npz`;

const endings = Object.entries(exportFormats).map(([name, format]) => `${format.endings.join(', ')} (${name})`);

export function addExport(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Write a saved model for another program: Kaldi (DiagGMM, or FullGMM of full and tied covariances), NumPy arrays by the names of ' +
        'scikit-learn, JSON, or bytes. Kaldi has no Bayesian models: of these the mixture of expected parameters is written.',
    )
    .argument('<model>', 'a saved model')
    .requiredOption('-o, --output <file>', `OUT, a name that ends with ${endings.join('; ')}`)
    .addOption(new Option('--format <name>', 'format, whatever the name ends with').choices(Object.keys(exportFormats)))
    .option('--text', 'Kaldi: text, not binary');
  addModelOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, { output, format, text, ...flags }: ExportFlags) => {
      checkModelOutput(output);
      const { group, model: name, rows, discount } = flags;
      const model = await MixtureModel.load(path, { group, model: name, rows, discount, signal });
      const onWarning = (message: string): void => void process.stderr.write(`warning: ${message}\n`);
      await exportModel(model, output, { format, text, onWarning });
    });
}
