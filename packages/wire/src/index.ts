export { defined, definedOrNothing } from './defined.ts'
export { bounded, excerptOf, maskBody, maskText, type PersonalFields } from './excerpt.ts'
export { parseWireJson, type WireJsonOptions } from './parse-wire-json.ts'
export { areSameSecret, digestSecret } from './secret.ts'
