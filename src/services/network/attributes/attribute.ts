import type { RawBuilder } from 'kysely';
import type { Caller } from '../../identity/caller.ts';

/** Why a value is refused; becomes "Invalid input for NAME. Reason: …". */
export class Invalid extends Error {}

/** How an attribute's values are read from JSON, and how those of a filter are read from text. */
export interface AttributeType {
  /** For the API document. */
  readonly description: string;
  /** Reads what a client sent into what is stored; fails with `Invalid`. */
  convert(value: unknown): unknown;
  /** PostgreSQL type that filter values are compared as. */
  readonly comparedAs:
    | 'text'
    | 'uuid'
    | 'boolean'
    | 'integer'
    | 'inet'
    | 'cidr'
    | 'timestamptz'
    | 'none';
}

/** One attribute of a resource: who may send it when, and where lists find it. */
export interface Attribute {
  readonly type: AttributeType;
  /** May be sent at creation. */
  readonly post?: boolean;
  /** May be sent in an update. */
  readonly put?: boolean;
  /** Must be sent at creation. */
  readonly required?: boolean;
  /** Value at creation when none is sent; without it the attribute is then missing from the values. */
  readonly initial?: unknown;
  /** Only administrators may send it. */
  readonly adminSets?: boolean;
  /** Only administrators see it. */
  readonly adminSees?: boolean;
  /** Column of the resource's table: lists can be filtered and sorted by it. */
  readonly column?: string;
  /** Condition for a list filtered by these values, where a column is not enough; the row's alias is `o`. */
  filter?(values: readonly string[], caller: Caller): RawBuilder<boolean>;
}

/** All attributes of a resource by their names in the API. */
export type Attributes = Readonly<Record<string, Attribute>>;
