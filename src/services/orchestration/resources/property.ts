import type { Constraint, Value } from '../language/index.ts';

/** A property of a resource type, as `openstack orchestration resource type show` tells of it. */
export interface Property {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'map' | 'list' | 'any';
  /** A sentence for people. */
  readonly description: string;
  readonly required?: boolean;
  readonly default?: Value;
  /** A change is made in place; otherwise it makes a new resource in the old one's stead. */
  readonly updateAllowed?: boolean;
  /** A change is refused. */
  readonly immutable?: boolean;
  readonly constraints?: readonly Constraint[];
  /** Members of a map; any are allowed without it. */
  readonly members?: Properties;
  /** The kind of a list's (or a free map's) items. */
  readonly items?: Property;
  /**
   * The value may be a name: what kind of thing it names, in the words of Heat's custom constraints
   * (`neutron.network`). The engine puts the id in its place before the type sees it, and says which name is unknown.
   */
  readonly names?: string;
  /** Former names of the same property (`network_id` of `network`). */
  readonly formerly?: readonly string[];
  readonly support?: Support;
}

export type Properties = Readonly<Record<string, Property>>;

/** Since when there is a type, property or attribute, in Heat's own releases, and whether it is still advised. */
export interface Support {
  readonly status?: 'SUPPORTED' | 'DEPRECATED' | 'HIDDEN' | 'UNSUPPORTED';
  readonly version?: string;
  readonly message?: string;
}

/** An attribute for `get_attr`. */
export interface Attribute {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'map' | 'list' | 'any';
  readonly description: string;
  readonly support?: Support;
}

export type Attributes = Readonly<Record<string, Attribute>>;
