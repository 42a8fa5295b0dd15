// `megamix info`.
import type { Command } from 'commander';
import { MixtureModel } from '../inference/model.ts';
import { checkComputing } from '../kernels/index.ts';
import { models } from '../mixture/model-table.ts';
import { type FrontEnd, isOfRows } from '../speech/front-end.ts';
import { sum } from '../util/vector.ts';
import { addModelOptions, type ModelFlags } from './options.ts';
import { columns, count, figure, iterationCount } from './text.ts';

interface InfoFlags extends ModelFlags {
  readonly json?: boolean;
}

const SHOWN_COMPONENTS = 10;

const EXAMPLES = `
Example:
  megamix info gmm.h5`;

export function addInfo(command: Command, signal: AbortSignal): void {
  command
    .description('Print what a model file holds.')
    .argument('<model>', 'a saved model')
    .option('--json', 'print one JSON object');
  addModelOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: InfoFlags) => {
      const { group, model: name, rows, discount } = flags;
      const model = await MixtureModel.load(path, { group, model: name, rows, discount, signal });
      process.stdout.write(`${flags.json ? JSON.stringify(infoOf(model)) : describe(model)}\n`);
    });
}

function infoOf(model: MixtureModel) {
  const { mixture } = model.state;
  const { componentPrior: prior, weightPrior } = mixture;
  return {
    model: model.kind,
    covariance: model.covarianceType,
    distance: model.distance,
    components: model.components,
    dimensions: model.dimensions,
    iterations: model.iterations,
    parameters: model.parameterCount,
    entropy: model.entropy,
    effectiveComponents: model.effectiveComponents,
    counts: [...model.counts],
    logWeights: [...model.logWeights],
    regCovar: model.covarianceType === null ? null : mixture.regCovar,
    prior: prior
      ? { alpha0: weightPrior.alpha0, discount: weightPrior.discount, beta0: prior.beta0, nu0: prior.nu0 }
      : null,
    frontEnd: model.frontEnd ?? null,
    criterion: model.criterion,
    heldOutCriterion: model.heldOutCriterion,
    kernel: checkComputing({}).kernel,
  };
}

function describe(model: MixtureModel): string {
  const { prior, counts, iterations, parameters, entropy, effectiveComponents, ...rest } = infoOf(model);
  const { criterion, heldOutCriterion, kernel, frontEnd } = rest;
  const total = sum(counts);
  const largest = counts.map((value, k) => ({ k, value })).sort((a, b) => b.value - a.value);
  const shown = largest.slice(0, SHOWN_COMPONENTS).map(({ k, value }) => `${k}: ${figure((100 * value) / total, 3)} %`);
  const course = (values: readonly number[]): string =>
    `${figure(values[0]!, 8)} → ${figure(values.at(-1)!, 8)} in ${iterationCount(values.length - 1)}`;
  const lines: [string, string][] = [
    ['model', `${model.kind} (${models[model.kind].title})`],
    model.distance === null ? ['covariance', model.covarianceType ?? 'none'] : ['distance', model.distance],
    ['components', `${model.components} in ${model.dimensions} dimensions`],
    ['fitted', `${iterationCount(iterations)}, the last on ${count(total)} rows`],
    ['parameters', `${count(parameters)} free`],
    [
      'entropy',
      `${figure(entropy, 4)} nats of the weights, as ${figure(effectiveComponents, 4)} equal components have`,
    ],
    ['largest', shown.join(', ') + (largest.length > SHOWN_COMPONENTS ? ', …' : '')],
  ];
  if (prior) {
    const { alpha0, discount, beta0, nu0 } = prior;
    lines.push([
      'prior',
      `α₀ ${figure(alpha0)}, ${discount ? `discount ${discount}, ` : ''}β₀ ${figure(beta0)}, ν₀ ${figure(nu0)}`,
    ]);
  }
  if (frontEnd) lines.push(['front end', madeOf(frontEnd)]);
  if (criterion.length > 1) lines.push(['criterion', course(criterion)]);
  if (heldOutCriterion?.length) lines.push(['held out', course(heldOutCriterion)]);
  lines.push(['kernel', kernel]);
  return columns(lines);
}

function madeOf(frontEnd: FrontEnd): string {
  const { deltas, normalisation, normalisationOver, splice, vad } = frontEnd;
  const orders = ['', ', Δ', ', Δ, ΔΔ'][deltas];
  const normalised = normalisation === 'none' ? '' : `, ${normalisation} normalised (${normalisationOver})`;
  const [before, after] = splice;
  const context = before + after === 0 ? '' : `, with ${before} before and ${after} after`;
  const voiced = vad === 'none' ? '' : `, voiced (${vad})`;
  return `${originOf(frontEnd, orders!)}${normalised}${context}${voiced}`;
}

function originOf(frontEnd: FrontEnd, orders: string): string {
  if (isOfRows(frontEnd)) return `rows of ${frontEnd.columns} numbers${orders}`;
  const { features, sampleRate, frameLength, frameShift } = frontEnd;
  return `${features}${orders} of sound at ${sampleRate} Hz, ${frameLength} ms every ${frameShift} ms`;
}
