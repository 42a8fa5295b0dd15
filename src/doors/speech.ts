// megamix/speech: sound becomes rows, without mixtures.
export { DataError, MegaMixError, SettingError } from '../errors.ts';
export type { FrontEnd, FrontEndSettings, RowFrontEnd, SoundFrontEnd } from '../speech/front-end.ts';
export type { EncodingName } from '../speech/pcm.ts';
export { FeatureTransform, type FeatureTransformSettings } from '../speech/transform.ts';
export type { WindowName } from '../speech/window.ts';
