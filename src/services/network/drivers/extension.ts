import type { RawBuilder } from 'kysely';
import type { DesiredRow } from '../../../ovn/desired.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Operation } from '../../operation.ts';
import type { Attributes } from '../attributes/attribute.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { AnyNoun } from '../collections/noun.ts';
import type { Room, Rules } from '../collections/operations.ts';
import type { MembershipRule, RowRule } from '../northbound/rows.ts';
import type { NetworkOptions } from '../options.ts';
import type { ServiceSchema } from '../../../database/migrations.ts';

/** An alias of `GET /v2.0/extensions`: clients decide by it what they may use. */
export interface Alias {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
}

/** What mappings may know beside the object's own state. */
export interface MappingContext {
  /** The service's, which hold for its whole life. */
  readonly options: NetworkOptions;
}

/** A kind of object that has rows in Northbound: how its state is read, and what the rows are. */
export interface OwnerKind<State = unknown> {
  /** First part of owners: `port` of `port:<uuid>`. */
  readonly kind: string;
  /** `select … from … o`, with a column `id`; conditions on `o.id` are added behind it. */
  readonly query: RawBuilder<unknown>;
  /** The mapping: pure. */
  desired(state: State, context: MappingContext): DesiredRow[];
}

/** Keeps a kind's state type while forgetting it in lists. */
export const ownerKind = <State>(kind: OwnerKind<State>): OwnerKind => kind as OwnerKind;

/** Attributes that an extension gives to another's noun, with where they are kept. */
export interface Addition {
  /** `network`, `port`, …: the noun's singular. */
  readonly noun: string;
  readonly attributes: Attributes;
  /** Expressions with names of their own behind the noun's columns; the row's alias is `o`. */
  readonly columns?: RawBuilder<unknown>;
  /** What the attributes are in the document of a row. */
  // oxlint-disable-next-line typescript/no-explicit-any -- rows of nouns that the extension knows
  view(row: any): Record<string, unknown>;
  /** After the object was created, in the same transaction; only values of these attributes. */
  create?(change: Change, caller: Caller, id: string, values: Values): Promise<void>;
  /** After the object was changed, when at least one of these attributes was sent; `row` as it was before. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  update?(change: Change, caller: Caller, row: any, values: Values): Promise<void>;
}

/**
 * One part of the API with everything that makes it: what `GET /v2.0/extensions` says of it, its resources, its
 * operations, attributes of other resources, and the Northbound rows of its objects (Neutron's extension drivers).
 * The service is made of these; a package outside the repository may bring more.
 */
export interface Extension {
  /** Unique, for messages. */
  readonly name: string;
  readonly aliases?: readonly Alias[];
  // oxlint-disable-next-line typescript/no-explicit-any -- each noun has rows of its own
  readonly nouns?: readonly (readonly [AnyNoun, Rules<any>])[];
  /** Operations beside the usual ones of its nouns. */
  operations?(room: Room): readonly Operation[];
  readonly additions?: readonly Addition[];
  readonly owners?: readonly OwnerKind[];
  /** Rows of owners that are no objects, such as the group that drops: owner → rows. */
  readonly constants?: Readonly<Record<string, () => DesiredRow[]>>;
  readonly rows?: readonly RowRule[];
  readonly memberships?: readonly MembershipRule[];
  /** Tables of its own, in a PostgreSQL schema of its own; only for packages outside the repository. */
  readonly schema?: ServiceSchema;
}
