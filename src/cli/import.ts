// `megamix import`.
import type { Command } from 'commander';
import { Option } from 'commander';
import { importModel } from '../inference/import.ts';
import { covarianceTypes } from '../mixture/covariance/index.ts';
import { models } from '../mixture/model-table.ts';
import { checkSavable } from '../storage/model-file.ts';
import { modelFormats } from '../storage/models/formats.ts';
import type { ImportOptions } from '../storage/models/read.ts';
import { checkModelOutput } from './output.ts';
import { decimal } from './text.ts';

interface ImportFlags extends Omit<ImportOptions, 'signal'> {
  readonly output: string;
  readonly outputGroup?: string;
}

const EXAMPLES = `
Examples:
  megamix import final.dubm -o ubm.h5
  megamix import sklearn.npz --model vbgmm --rows 5000 -o vb.h5`;

export function addImport(command: Command, signal: AbortSignal): void {
  const formats = Object.entries(modelFormats).map(([name, title]) => `  ${name.padEnd(8)}${title}`);
  command
    .description('Read a model that another program wrote, and save it (HDF5).')
    .argument('<file>', 'a model')
    .requiredOption('-o, --output <file>', 'where to save the model (HDF5)')
    .option('--output-group <name>', 'group in the output (default: model_fitted)')
    .addOption(new Option('--format <name>', 'format (default: as the file begins)').choices(Object.keys(modelFormats)))
    .option('--group <name>', 'HDF5: group in the file (default: model_fitted, or else the file itself)')
    .addOption(new Option('--model <name>', 'which model it is, if the file does not say').choices(Object.keys(models)))
    .addOption(
      new Option('--covariance <type>', 'covariance type, if the file does not say').choices(
        Object.keys(covarianceTypes),
      ),
    )
    .option('--rows <n>', 'rows it was fitted to, if it is Bayesian and the file does not say', decimal)
    .option('--discount <d>', 'discount of a pypgmm, if the file does not say', decimal)
    .addHelpText('after', `\nFormats:\n${formats.join('\n')}\n${EXAMPLES}`)
    .action(async (path: string, { output, outputGroup, ...options }: ImportFlags) => {
      checkModelOutput(output);
      await checkSavable(output, outputGroup);
      const model = await importModel(path, { ...options, signal });
      await model.save(output, { group: outputGroup });
      const { components, dimensions, covarianceType } = model;
      const what = [model.kind, covarianceType].filter(Boolean).join(', ');
      process.stdout.write(`${components} components in ${dimensions} dimensions (${what}), saved in ${output}\n`);
    });
}
