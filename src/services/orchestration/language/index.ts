/**
 * The language of Heat's templates, alone: no database, no HTTP, no cloud. Text goes in at `parseTemplate`
 * and `parseEnvironment`; `parameterValues` gives the parameters their values; an `Evaluation` of both says
 * which resources there are, what each needs first, and, as things come to be, what their properties are.
 *
 * Whatever is wrong is a `TemplateError` with file, line, path and the nearest valid name. Where the
 * language allows two readings, ours is Heat's: see `docs/reference/orchestration.md` for the few exceptions.
 */
export { parseText, DOCUMENT_LIMITS, type Document, type DocumentLimits } from './document.ts';
export {
  EMPTY_ENVIRONMENT,
  mergeEnvironments,
  nestedEnvironment,
  parseEnvironment,
  readEnvironment,
  type Environment,
} from './environment.ts';
export { pathText, TemplateError, type Path, type Place } from './errors.ts';
export { Evaluation, type Resolved, type ResolvedResource } from './evaluation.ts';
export { NO_LOOKUPS, type Reference } from './expressions.ts';
export type { Lookups } from './functions/index.ts';
export { cycleIn, waves, type Graph } from './graph.ts';
export type { Constraint, ParameterType } from './constraints.ts';
export * from './parameters.ts';
export {
  HOOKS,
  Registry,
  RESTRICTED_ACTIONS,
  type Hook,
  type Implementation,
  type RestrictedAction,
} from './registry.ts';
export {
  parseTemplate,
  readTemplate,
  type OutputDefinition,
  type ParameterGroup,
  type ResourceDefinition,
  type Template,
} from './template.ts';
export { isList, isMap, jsonOf, kindOf, same, textOf, type Value, type ValueMap } from './value.ts';
export { VERSIONS, versionOf, type Version } from './versions.ts';
export { pseudoParameters, type StackIdentity } from './pseudo.ts';
export { checkCustomConstraints, FORMATS, type Check, type ConstraintLookups } from './formats.ts';
