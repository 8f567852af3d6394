import { sql, type RawBuilder } from 'kysely';
import { Fault, notFound } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Attributes } from '../attributes/attribute.ts';
import type { NetworkDatabase } from '../tables.ts';

/** A kind of object of the API, as the machinery of lists, filters and documents needs to know it. */
export interface Noun<Row extends { id: string; project_id: string }> {
  /** `port`: wraps one object. */
  readonly singular: string;
  /** `ports`: wraps a list. */
  readonly plural: string;
  /** Name of the operation that lists, where singular and plural are the same word. */
  readonly listing?: string;
  /** `Port`: begins messages; with `NotFound` the type of the fault. */
  readonly title: string;
  /** Type of the fault when there is none, where that is not made of the title. */
  readonly missing?: string;
  /**
   * Least role that may create, change and delete; default member. Who may look is told first what is wrong with a body,
   * and that there is no such object.
   */
  readonly changedBy?: 'member' | 'manager' | 'admin';
  readonly path: string;
  /** Name of the id in paths: `port_id`. */
  readonly parameter: string;
  readonly table: string;
  /** Least role that may look; default reader. */
  readonly seenBy?: 'reader' | 'manager' | 'admin';
  readonly attributes: Attributes;
  /** Expressions after `select`; the row's alias is `o`. */
  readonly columns: RawBuilder<unknown>;
  /** Condition under which others than administrators see a row; default: it is their project's. */
  visible?(caller: Caller): RawBuilder<boolean>;
  /** Others who see one are told that there is none when they change it, as Neutron tells of address groups. */
  readonly missingForOthers?: boolean;
  /** Who sees one may delete it, though it is another project's: the owner of a network the ports there. */
  readonly deletedBySeer?: boolean;
  /** Makes a row of what the database gave, where that is not the same. */
  read?(raw: Row): Row;
  view(row: Row): Record<string, unknown>;
  /** What of the document depends on who asks: takes the place of the view's. */
  personal?(row: Row, caller: Caller): Record<string, unknown>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a noun whose row the machinery does not look into
export type AnyNoun = Noun<any>;

/** Condition for the rows that a caller may know of. */
export function visibleTo(noun: AnyNoun, caller: Caller): RawBuilder<boolean> {
  if (caller.isAdmin) return sql<boolean>`true`;
  return noun.visible?.(caller) ?? ownedBy(caller);
}

export const ownedBy = (caller: Caller): RawBuilder<boolean> =>
  sql<boolean>`o.project_id = ${caller.projectId ?? ''}`;

export const nounNotFound = (noun: AnyNoun, id: string): Fault =>
  notFound(
    `${noun.title} ${id.slice(0, 255)} could not be found.`,
    noun.missing ?? `${noun.title.replaceAll(' ', '')}NotFound`,
  );

/** How the operations that change objects of a noun are limited: what they declare, and what they look at themselves. */
export function roleOf(noun: AnyNoun): {
  readonly role: 'member' | 'manager' | 'admin';
  readonly checksRole: boolean;
} {
  const { changedBy: role = 'member', seenBy } = noun;
  return { role, checksRole: role !== 'member' && seenBy === undefined };
}

/** The rows of a noun under a condition. */
export async function select<Row extends { id: string; project_id: string }>(
  database: NetworkDatabase,
  noun: Noun<Row>,
  where: RawBuilder<unknown>,
): Promise<Row[]> {
  const query = sql<Row>`select ${noun.columns} from ${sql.table(noun.table)} o where ${where}`;
  const { rows } = await query.execute(database);
  return noun.read === undefined ? rows : rows.map(noun.read);
}

/** One object by id, or the noun's NotFound when there is none that the caller may know of. */
export async function find<Row extends { id: string; project_id: string }>(
  database: NetworkDatabase,
  noun: Noun<Row>,
  caller: Caller,
  id: string,
): Promise<Row> {
  if (!isUuid(id)) throw nounNotFound(noun, id);
  const [row] = await select(database, noun, sql`o.id = ${id} and ${visibleTo(noun, caller)}`);
  if (row === undefined) throw nounNotFound(noun, id);
  return row;
}

/**
 * One object by id, locked against other changes until the transaction ends. The caller must own it or be an
 * administrator; one that is only shared with the caller is forbidden rather than not found.
 */
export async function findOwned<Row extends { id: string; project_id: string }>(
  database: NetworkDatabase,
  noun: Noun<Row>,
  caller: Caller,
  id: string,
  action: string,
): Promise<Row> {
  if (!isUuid(id)) throw nounNotFound(noun, id);
  // First the lock, then the look: what other transactions did while this one waited must be seen.
  await sql`select 1 from ${sql.table(noun.table)} where id = ${id} for no key update`.execute(
    database,
  );
  const [row] = await select(database, noun, sql`o.id = ${id} and ${visibleTo(noun, caller)}`);
  if (row === undefined) throw nounNotFound(noun, id);
  const mayDelete = noun.deletedBySeer && action.startsWith('delete_');
  if (!caller.isAdmin && row.project_id !== caller.projectId && !mayDelete) {
    if (noun.missingForOthers) throw nounNotFound(noun, id);
    throw new Fault(
      'forbidden',
      `${action} is disallowed by policy: ${noun.singular} ${id} belongs to another project.`,
      { type: 'PolicyNotAuthorized' },
    );
  }
  return row;
}

/** The document of a row as this caller may see it. */
export function document<Row extends { id: string; project_id: string }>(
  noun: Noun<Row>,
  row: Row,
  caller: Caller,
  fields: readonly string[] = [],
): Record<string, unknown> {
  const view = noun.view(row);
  if (noun.personal !== undefined) Object.assign(view, noun.personal(row, caller));
  if (!caller.isAdmin) {
    // JSON leaves undefined out; `delete` would make every document of a long list a slow object.
    for (const name of hiddenOf(noun)) view[name] = undefined;
  }
  if (fields.length === 0) return view;
  return Object.fromEntries(Object.entries(view).filter(([name]) => fields.includes(name)));
}

const hidden = new WeakMap<AnyNoun, readonly string[]>();

function hiddenOf(noun: AnyNoun): readonly string[] {
  let names = hidden.get(noun);
  if (names === undefined) {
    names = Object.entries(noun.attributes)
      .filter(([, attribute]) => attribute.adminSees)
      .map(([name]) => name);
    hidden.set(noun, names);
  }
  return names;
}
