import { sql, type Kysely } from 'kysely';
import { transact, violatedConstraint, type Database } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { ImageTables } from '../tables.ts';
import type {
  DefinitionRow,
  Document,
  Kind,
  NamespaceRow,
  NamespacesTable,
  ResourceTypeRow,
} from './tables.ts';

/** An entry to write. */
export interface Definition {
  readonly kind: Kind;
  readonly name: string;
  readonly document: Document;
}

export type NewNamespace = Omit<NamespacesTable, 'created_at' | 'updated_at'>;

/** Which namespaces to list, and how. */
export interface NamespaceListing {
  readonly caller: Caller;
  readonly visibility: 'public' | 'private' | undefined;
  readonly resourceTypes: readonly string[] | undefined;
  readonly sort: 'namespace' | 'created_at' | 'updated_at';
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
  readonly marker: NamespaceRow | undefined;
}

type Tables = Kysely<ImageTables>;

/** Namespaces of metadata definitions and what is in them: the only SQL on their tables. */
export class MetadefModel {
  private readonly database: Database;
  private readonly tables: Tables;

  constructor(database: Database) {
    this.database = database;
    this.tables = database.withTables<ImageTables>();
  }

  find(namespace: string): Promise<NamespaceRow | undefined> {
    return this.tables
      .selectFrom('image.namespaces')
      .selectAll()
      .where('namespace', '=', namespace)
      .executeTakeFirst();
  }

  async list(listing: NamespaceListing): Promise<NamespaceRow[]> {
    const { caller, visibility, resourceTypes, sort, direction, limit, marker } = listing;
    let select = this.tables.selectFrom('image.namespaces').selectAll();
    if (!caller.isAdmin)
      select = select.where(
        sql<boolean>`(visibility = 'public' or owner = ${caller.projectId ?? ''})`,
      );
    if (visibility !== undefined) select = select.where('visibility', '=', visibility);
    if (resourceTypes !== undefined)
      select = select.where(
        sql<boolean>`exists (select from image.definitions d where d.namespace = namespaces.namespace
          and d.kind = 'resource_type' and d.name = any(${[...resourceTypes]}::text[]))`,
      );
    if (marker !== undefined)
      select = select.where(
        sql<boolean>`(${sql.ref(sort)}, namespace) ${sql.raw(direction === 'asc' ? '>' : '<')}
          (${marker[sort]}, ${marker.namespace})`,
      );
    return select.orderBy(sort, direction).orderBy('namespace', direction).limit(limit).execute();
  }

  /** With what is in it. Undefined when there is one of that name. */
  async create(
    row: NewNamespace,
    definitions: readonly Definition[],
  ): Promise<NamespaceRow | undefined> {
    try {
      return await transact(this.database, async (transaction) => {
        const tables = transaction.withTables<ImageTables>();
        const created = await tables
          .insertInto('image.namespaces')
          .values(row)
          .returningAll()
          .executeTakeFirstOrThrow();
        await insert(tables, row.namespace, definitions);
        return created;
      });
    } catch (error) {
      if (violatedConstraint(error) === 'namespaces_pkey') return undefined;
      throw error;
    }
  }

  /** Undefined when it is gone, `taken` when another one has the new name. */
  async change(
    namespace: string,
    values: Partial<NewNamespace>,
  ): Promise<NamespaceRow | 'taken' | undefined> {
    try {
      return await this.tables
        .updateTable('image.namespaces')
        .set({ ...values, updated_at: sql<Date>`clock_timestamp()` })
        .where('namespace', '=', namespace)
        .returningAll()
        .executeTakeFirst();
    } catch (error) {
      if (violatedConstraint(error) === 'namespaces_pkey') return 'taken';
      throw error;
    }
  }

  /** False when it is gone or protected by now. */
  async remove(namespace: string): Promise<boolean> {
    const result = await this.tables
      .deleteFrom('image.namespaces')
      .where('namespace', '=', namespace)
      .where('protected', '=', false)
      .executeTakeFirst();
    return result.numDeletedRows === 1n;
  }

  /** The entries of namespaces, all or of one kind, by name. */
  definitions(namespaces: readonly string[], kind?: Kind): Promise<DefinitionRow[]> {
    let select = this.tables
      .selectFrom('image.definitions')
      .selectAll()
      .where(sql<boolean>`namespace = any(${[...namespaces]}::text[])`);
    if (kind !== undefined) select = select.where('kind', '=', kind);
    return select.orderBy('kind').orderBy('name').execute();
  }

  definition(namespace: string, kind: Kind, name: string): Promise<DefinitionRow | undefined> {
    return this.tables
      .selectFrom('image.definitions')
      .selectAll()
      .where('namespace', '=', namespace)
      .where('kind', '=', kind)
      .where('name', '=', name)
      .executeTakeFirst();
  }

  /** Adds entries, all or none; undefined when there is one of such a name. `replace`: those of the kind go first. */
  async add(
    namespace: string,
    definitions: readonly Definition[],
    replace?: Kind,
  ): Promise<DefinitionRow[] | undefined> {
    try {
      return await transact(this.database, async (transaction) => {
        const tables = transaction.withTables<ImageTables>();
        if (replace !== undefined)
          await tables
            .deleteFrom('image.definitions')
            .where('namespace', '=', namespace)
            .where('kind', '=', replace)
            .execute();
        return insert(tables, namespace, definitions);
      });
    } catch (error) {
      if (violatedConstraint(error) === 'definitions_pkey') return undefined;
      throw error;
    }
  }

  /** Undefined when it is gone, `taken` when another one has the new name. */
  async changeDefinition(
    namespace: string,
    name: string,
    { kind, name: renamed, document }: Definition,
  ): Promise<DefinitionRow | 'taken' | undefined> {
    try {
      return await this.tables
        .updateTable('image.definitions')
        .set({
          name: renamed,
          document: JSON.stringify(document),
          updated_at: sql<Date>`clock_timestamp()`,
        })
        .where('namespace', '=', namespace)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .returningAll()
        .executeTakeFirst();
    } catch (error) {
      if (violatedConstraint(error) === 'definitions_pkey') return 'taken';
      throw error;
    }
  }

  /** One entry, or all of a kind; gives how many. */
  async removeDefinitions(namespace: string, kind: Kind, name?: string): Promise<number> {
    let query = this.tables
      .deleteFrom('image.definitions')
      .where('namespace', '=', namespace)
      .where('kind', '=', kind);
    if (name !== undefined) query = query.where('name', '=', name);
    return Number((await query.executeTakeFirst()).numDeletedRows);
  }

  resourceTypes(): Promise<ResourceTypeRow[]> {
    return this.tables.selectFrom('image.resource_types').selectAll().orderBy('name').execute();
  }
}

async function insert(
  tables: Tables,
  namespace: string,
  definitions: readonly Definition[],
): Promise<DefinitionRow[]> {
  if (definitions.length === 0) return [];
  const types = definitions.filter(({ kind }) => kind === 'resource_type');
  if (types.length > 0) {
    // A kind of resource becomes known by being named.
    await tables
      .insertInto('image.resource_types')
      .values(types.map(({ name }) => ({ name })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  return tables
    .insertInto('image.definitions')
    .values(
      definitions.map(({ kind, name, document }) => ({
        namespace,
        kind,
        name,
        document: JSON.stringify(document),
      })),
    )
    .returningAll()
    .execute();
}
