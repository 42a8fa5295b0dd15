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

/** What chooses an algorithm: nothing is needed for the default. */
type Choice<A extends AlgorithmName> = A extends Table['algorithm']['default']
  ? { readonly algorithm?: A | undefined }
  : { readonly algorithm: A };

/** Of settings with these names those of one algorithm; those of the others must be left out. */
type OfAlgorithm<Name extends FitSettingName, A extends AlgorithmName> = Choice<A> &
  Pick<FitSettings, Name & OwnOf<A>> & { readonly [K in Exclude<Name & AlgorithmSettingName, OwnOf<A>>]?: undefined };

type ByAlgorithm<Name extends FitSettingName> = { [A in AlgorithmName]: OfAlgorithm<Name, A> }[AlgorithmName];

/** What a model can be told: its own settings, those of one algorithm among them. */
export type SettingsOf<M extends ModelName> = Pick<
  FitSettings,
  Exclude<NameOf<M>, AlgorithmSettingName | 'algorithm'>
> &
  ByAlgorithm<NameOf<M>>;

/** What K-means can be told. */
export type KMeansSettings = SettingsOf<'kmeans'>;
/** What a Gaussian mixture can be told. */
export type GaussianMixtureSettings = SettingsOf<'gmm'>;
/** What a variational Gaussian mixture can be told. */
export type VariationalGaussianMixtureSettings = SettingsOf<'vbgmm'>;
/** What a Dirichlet-process mixture can be told. */
export type DPVariationalGaussianMixtureSettings = SettingsOf<'dpgmm'>;
/** What a Pitman-Yor-process mixture can be told. */
export type PYPVariationalGaussianMixtureSettings = SettingsOf<'pypgmm'>;

/** The same while it is open which model it will be: then everything that any model can be told. */
export type EstimatorSettings<M extends ModelName> = [ModelName] extends [M] ? FitSettings : SettingsOf<M>;
