import { sql } from 'kysely';
import { Type } from 'typebox';
import { Fault } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation, type OperationRequest, type Reply } from '../../operation.ts';
import type { Attributes } from '../attributes/attribute.ts';
import {
  unwrap,
  unwrapMany,
  valuesOfCreation,
  valuesOfUpdate,
  type Values,
} from '../attributes/body.ts';
import { forEachRow } from '../../../database/rows.ts';
import type { Change, Settings } from '../change.ts';
import type { NetworkDatabase } from '../tables.ts';
import { filtersOf, type Query } from './filters.ts';
import { checkRole } from '../errors.ts';
import { document, find, findOwned, roleOf, select, visibleTo, type Noun } from './noun.ts';
import { behindMarker, linksOf, orderOf, pageOf } from './pages.ts';

/** What operations need: reads, and changes that are in Northbound before the reply. */
export interface Room {
  readonly database: NetworkDatabase;
  readonly settings: Settings;
  /** Runs the work in one transaction, commits, and waits (bounded) until Northbound follows. */
  commit<T>(work: (change: Change) => Promise<T>): Promise<T>;
}

/** The rules of one noun; each runs inside the transaction, after the attributes were checked. */
export interface Rules<Row> {
  /** Creates and gives the id. */
  create?(change: Change, caller: Caller, values: Values): Promise<string>;
  /** Instead of `create`, where many at once are cheaper than one after the other. Gives the ids in the same order. */
  createAll?(change: Change, caller: Caller, values: readonly Values[]): Promise<string[]>;
  /** `row` is locked; `sent` are the values with those of attributes that extensions added. */
  update?(change: Change, caller: Caller, row: Row, values: Values, sent?: Values): Promise<void>;
  delete?(change: Change, caller: Caller, row: Row): Promise<void>;
  /** Before a list or a look-up: Neutron makes a project's default group at first sight. */
  prepare?(room: Room, caller: Caller, query: Query): Promise<void>;
}

/** `If-Match: revision_number=N` of an update or deletion (alias revision-if-match). */
function checkRevision(
  row: { id: string; revision_number: number },
  headers: OperationRequest['headers'],
): void {
  const wanted = /^revision_number=(-?\d{1,9})$/.exec(headers['if-match'] ?? '')?.[1];
  if (wanted === undefined || Number(wanted) === row.revision_number) return;
  throw new Fault(
    'preconditionFailed',
    `Constrained to ${wanted}, but the current revision of ${row.id} is ${row.revision_number}.`,
    { type: 'RevisionNumberConstraintFailed' },
  );
}

/** Documentation of a noun's body; what is sent is checked attribute by attribute, with Neutron's messages. */
function bodyOf(
  noun: { singular: string; plural: string; attributes: Attributes },
  verb: 'post' | 'put',
) {
  const members = Object.entries(noun.attributes)
    .filter(([, attribute]) => attribute[verb])
    .map(([name, { type, required, initial }]) => [
      name,
      Type.Optional(
        Type.Unknown({
          description: `${type.description}${verb === 'post' && required ? '; required' : ''}`,
          ...(verb === 'post' && initial !== undefined ? { default: initial } : {}),
        }),
      ),
    ]);
  const object = Type.Unknown({ properties: Object.fromEntries(members), title: noun.singular });
  return Type.Unknown({
    properties: {
      [noun.singular]: object,
      ...(verb === 'post' ? { [noun.plural]: Type.Unknown({ items: object }) } : {}),
    },
  });
}

type StandardRowLike = { id: string; project_id: string; revision_number: number };

/** The usual operations of a noun: list, show, and those of create, update and delete that it has rules for. */
export function operationsOf<Row extends StandardRowLike>(
  room: Room,
  noun: Noun<Row>,
  rules: Rules<Row>,
): Operation[] {
  const { singular, plural, path, parameter } = noun;
  const limits = roleOf(noun);
  const one = `${path}/{${parameter}}`;
  const words = singular.replaceAll('_', ' ');
  const operations = [
    operation({
      name: noun.listing ?? `get_${plural}`,
      method: 'GET',
      path,
      summary: `List ${words}s`,
      role: noun.seenBy ?? 'reader',
      success: 200,
      handle: async (request) => {
        await rules.prepare?.(room, request.caller, request.query);
        return { body: await list(room.database, noun, request) };
      },
    }),
    operation({
      name: `get_${singular}`,
      method: 'GET',
      path: one,
      summary: `Show a ${words}`,
      role: noun.seenBy ?? 'reader',
      success: 200,
      handle: async (request) => {
        await rules.prepare?.(room, request.caller, request.query);
        const row = await find(room.database, noun, request.caller, request.params[parameter]!);
        return {
          body: { [singular]: document(noun, row, request.caller, request.query['fields']) },
        };
      },
    }),
  ];
  const { update } = rules;
  const createAll = creationOf(rules);
  if (createAll !== undefined) {
    operations.push(
      operation({
        name: `create_${singular}`,
        method: 'POST',
        path,
        summary: `Create one or several ${words}s`,
        ...limits,
        success: 201,
        body: bodyOf(noun, 'post'),
        handle: (request) => createMany(room, noun, createAll, request),
      }),
    );
  }
  if (update !== undefined) {
    operations.push(
      operation({
        name: `update_${singular}`,
        method: 'PUT',
        path: one,
        summary: `Change a ${words}`,
        ...limits,
        success: 200,
        body: bodyOf(noun, 'put'),
        handle: async ({ caller, body, params, headers }) => {
          const action = `update_${singular}`;
          const values = valuesOfUpdate(noun.attributes, action, caller, unwrap(body, singular));
          const row = await room.commit(async (change) => {
            const present = await findOwned(
              change.transaction,
              noun,
              caller,
              params[parameter]!,
              action,
            );
            checkRole(caller, limits.role, action);
            checkRevision(present, headers);
            await update(change, caller, present, values);
            return find(change.transaction, noun, caller, present.id);
          });
          return { body: { [singular]: document(noun, row, caller) } };
        },
      }),
    );
  }
  const remove = rules.delete;
  if (remove !== undefined) {
    operations.push(
      operation({
        name: `delete_${singular}`,
        method: 'DELETE',
        path: one,
        summary: `Delete a ${words}`,
        ...limits,
        success: 204,
        handle: async ({ caller, params, headers }) => {
          await room.commit(async (change) => {
            const row = await findOwned(
              change.transaction,
              noun,
              caller,
              params[parameter]!,
              `delete_${singular}`,
            );
            checkRole(caller, limits.role, `delete_${singular}`);
            checkRevision(row, headers);
            await remove(change, caller, row);
          });
          return {};
        },
      }),
    );
  }
  return operations;
}

type CreateAll = NonNullable<Rules<never>['createAll']>;

/** How a noun's objects are made: all at once or, where nothing is gained by that, one after the other. */
function creationOf({ create, createAll }: Rules<never>): CreateAll | undefined {
  if (createAll !== undefined || create === undefined) return createAll;
  return async (change, caller, values) => {
    const ids: string[] = [];
    for (const one of values) ids.push(await create(change, caller, one));
    return ids;
  };
}

async function createMany<Row extends StandardRowLike>(
  room: Room,
  noun: Noun<Row>,
  createAll: CreateAll,
  { caller, body, intendedId }: OperationRequest,
): Promise<Reply> {
  const { singular, plural, attributes } = noun;
  const { objects, bulk } = unwrapMany(body, singular, plural);
  const wanted = objects.map((object) => ({
    ...valuesOfCreation(attributes, `create_${singular}`, caller, object),
    ...(intendedId === undefined || bulk ? {} : { id: intendedId }),
  }));
  checkRole(caller, roleOf(noun).role, `create_${singular}`);
  const rows = await room.commit(async (change) => {
    const ids = await createAll(change, caller, wanted);
    const made = await select(change.transaction, noun, sql`o.id = any(${ids}::uuid[])`);
    const byId = new Map(made.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id)!);
  });
  const documents = rows.map((row) => document(noun, row, caller));
  return { body: bulk ? { [plural]: documents } : { [singular]: documents[0] } };
}

/**
 * A list of what the caller may see, filtered, sorted, cut and linked as the query asks, as JSON: each row is written
 * as it arrives, so that of thousands never more than a few are there as objects.
 */
export async function list<Row extends { id: string; project_id: string }>(
  database: NetworkDatabase,
  noun: Noun<Row>,
  request: Pick<OperationRequest, 'caller' | 'query' | 'serviceUrl'>,
): Promise<string> {
  const { caller, query } = request;
  const page = pageOf(noun, query as Query);
  const conditions = [visibleTo(noun, caller), ...filtersOf(noun, caller, query as Query)];
  const behind = behindMarker(noun, page);
  if (behind !== undefined) conditions.push(behind);
  const documents: string[] = [];
  let [first, last]: (string | undefined)[] = [];
  // First the rows in their order, then what else belongs to each: so the first arrives before the last is complete.
  const rows = sql<Row>`select ${noun.columns} from (select * from ${sql.table(noun.table)} o
    where ${sql.join(conditions, sql` and `)} ${orderOf(page)}) o`;
  await forEachRow(database, rows, (raw) => {
    const row = noun.read === undefined ? raw : noun.read(raw);
    documents.push(JSON.stringify(document(noun, row, caller, query['fields'])));
    first ??= row.id;
    last = row.id;
  });
  if (page.reverse) {
    documents.reverse();
    [first, last] = [last, first];
  }
  const target = { url: `${request.serviceUrl}${noun.path}`, query: query as Query };
  const links = linksOf(page, target, { count: documents.length, first, last }) ?? [];
  const linked =
    links.length === 0 ? '' : `,${JSON.stringify(`${noun.plural}_links`)}:${JSON.stringify(links)}`;
  return `{${JSON.stringify(noun.plural)}:[${documents.join(',')}]${linked}}`;
}
