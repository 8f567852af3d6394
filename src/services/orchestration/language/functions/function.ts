import type { Path } from '../errors.ts';
import type { Value } from '../value.ts';

/**
 * What lies outside a template. Everything is answered at once from what the engine knows; `undefined` means
 * "not known yet": the resource has not been made.
 */
export interface Lookups {
  /** A resource's reference, mostly its physical id. */
  reference(resource: string): Value | undefined;
  /**
   * An attribute of a resource, or all of them as a map without a name. `path` is what the template selects
   * beneath, for types that compute only what is asked for; the selection itself is made by the language.
   */
  attribute(
    resource: string,
    attribute: string | undefined,
    path: readonly Value[],
  ): Value | undefined;
  /** The content of a file that came with the template. */
  file(name: string): string | undefined;
  /** A part of the resource in the parent's template that this whole template stands for. */
  facade(part: 'metadata' | 'deletion_policy' | 'update_policy'): Value | undefined;
  /** Availability zones, for `Fn::GetAZs`. */
  zones(): readonly string[];
}

/** One use of a function in a template, as its implementation sees it. */
export interface Call {
  /** The function's name as written. */
  readonly name: string;
  readonly path: Path;
  readonly lookups: Lookups;
  /** Throws a TemplateError at the function's place. */
  fail(reason: string, type?: string): never;
  /** Whether an argument that is not yet resolved is itself a function, which may become anything. */
  isFunction(raw: Value): boolean;
  /** The value of a parameter; fails with the nearest name when there is none. */
  parameter(name: string): Value;
  /** Whether the resource exists in this template and its condition, if any, holds. */
  hasResource(name: string): boolean;
  /** Fails with the nearest name unless `hasResource`. */
  needResource(name: Value): string;
  /** A table of the `Mappings` section. */
  mapping(name: string): Value | undefined;
  /** A boolean, or the value of a named condition. */
  truth(value: Value): boolean;
  /** Notes that the result depends on what is not known yet. */
  pending(): void;
}

/** A function of the template language. All arguments are resolved before `run`. */
export interface TemplateFunction {
  /** Refuses arguments that are wrong whatever the values will be. `raw` is what the template says. */
  check?(raw: Value, call: Call): void;
  run(args: Value, call: Call): Value;
}

/** A text may not grow beyond this many characters, nor a list beyond this many items. */
export const MOST_CHARACTERS = 8 * 1024 * 1024;
export const MOST_ITEMS = 100_000;
