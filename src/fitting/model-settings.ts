// Which settings each model and algorithm takes, as types made of the tables.
import type { ModelName, models } from '../mixture/model-table.ts';
import type { AlgorithmName } from './algorithms/index.ts';
import type { FitSettingName, fitDefinitions } from './setting-table.ts';
import type { FitSettings } from './settings-types.ts';

type Table = typeof fitDefinitions;

/** The families of settings that a model takes. */
type FamilyOf<M extends ModelName> = (typeof models)[M]['settings'][number];

/** The settings that a model takes. */
type NameOf<M extends ModelName> = {
  [K in FitSettingName]: Table[K] extends { readonly family: infer F } ? (F extends FamilyOf<M> ? K : never) : K;
}[FitSettingName];

/** Those that not every algorithm takes. */
type AlgorithmSettingName = {
  [K in FitSettingName]: Table[K] extends { readonly algorithms: unknown } ? K : never;
}[FitSettingName];

/** Those that an algorithm takes of its own. */
type OwnOf<A extends AlgorithmName> = {
  [K in AlgorithmSettingName]: A extends Table[K]['algorithms'][number] ? K : never;
}[AlgorithmSettingName];

/** Choice of an algorithm; optional for the default. Like the others derived from `FitSettings`, whose comments it keeps. */
type Choice<A extends AlgorithmName> = A extends Table['algorithm']['default']
  ? { readonly [K in keyof Pick<FitSettings, 'algorithm'>]?: A | undefined }
  : { readonly [K in keyof Pick<FitSettings, 'algorithm'>]-?: A };

/** Settings that must be left out. */
type Without<Name extends FitSettingName> = { readonly [K in keyof Pick<FitSettings, Name>]?: undefined };

/** Of settings with these names those of one algorithm; those of the others must be left out. */
type OfAlgorithm<Name extends FitSettingName, A extends AlgorithmName> = Choice<A> &
  Pick<FitSettings, Name & OwnOf<A>> &
  Without<Exclude<Name & AlgorithmSettingName, OwnOf<A>>>;

type ByAlgorithm<Name extends FitSettingName> = { [A in AlgorithmName]: OfAlgorithm<Name, A> }[AlgorithmName];

/** Settings of a model, including those of one algorithm. */
export type SettingsOf<M extends ModelName> = Pick<
  FitSettings,
  Exclude<NameOf<M>, AlgorithmSettingName | 'algorithm'>
> &
  ByAlgorithm<NameOf<M>>;

/** Settings of K-means. */
export type KMeansSettings = SettingsOf<'kmeans'>;
/** Settings of a Gaussian mixture. */
export type GaussianMixtureSettings = SettingsOf<'gmm'>;
/** Settings of a variational Gaussian mixture. */
export type VariationalGaussianMixtureSettings = SettingsOf<'vbgmm'>;
/** Settings of a Dirichlet-process mixture. */
export type DPVariationalGaussianMixtureSettings = SettingsOf<'dpgmm'>;
/** Settings of a Pitman–Yor-process mixture. */
export type PYPVariationalGaussianMixtureSettings = SettingsOf<'pypgmm'>;

/** Settings of a model; if the kind of model is not known, those of any model. */
export type EstimatorSettings<M extends ModelName> = [ModelName] extends [M] ? FitSettings : SettingsOf<M>;
