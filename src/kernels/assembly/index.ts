// Functions that JavaScript calls.
export { hard, mostProbable, normalise, soft } from './assignment';
export { narrow, products, squaredNorm, squares, widen } from './features';
export { decode } from './float16';
export { affinities, highestGroup } from './nearest';
export * from './of-doubles';
export * from './of-floats';
export { addFloats } from './outer';
export { best, collect, share } from './pairs';
export { fromWhitened } from './refine';
export { certain, pick } from './screen';
export { boundProducts, floatsFromSquares, fromLogarithms, fromSquares, productDensity, turnPairs } from './student';
