import { sql, type Insertable, type Selectable, type Updateable } from 'kysely';
import type { Tables } from '../context.ts';
import type { ProjectRow } from '../tables.ts';

/** Columns that a document shows. */
export const PROJECT_COLUMNS = [
  'id',
  'name',
  'domain_id',
  'parent_id',
  'is_domain',
  'description',
  'enabled',
  'tags',
  'options',
  'extra',
] as const;

export type StoredProject = Pick<Selectable<ProjectRow>, (typeof PROJECT_COLUMNS)[number]>;
export type NewProject = Omit<Insertable<ProjectRow>, 'tokens_valid_after'>;

/** A project or a domain. `lock` keeps it as it is until the transaction ends. */
export function getProject(
  tables: Tables,
  id: string,
  options: { readonly isDomain?: boolean; readonly lock?: 'update' | 'share' } = {},
): Promise<StoredProject | undefined> {
  return tables
    .selectFrom('identity.projects')
    .select(PROJECT_COLUMNS)
    .where('id', '=', id)
    .$if(options.isDomain !== undefined, (query) =>
      query.where('is_domain', '=', options.isDomain ?? false),
    )
    .$if(options.lock === 'update', (query) => query.forUpdate())
    .$if(options.lock === 'share', (query) => query.forShare())
    .executeTakeFirst();
}

export const insertProject = (tables: Tables, row: NewProject): Promise<StoredProject> =>
  tables
    .insertInto('identity.projects')
    .values({ ...row, tokens_valid_after: null })
    .returning(PROJECT_COLUMNS)
    .executeTakeFirstOrThrow();

/** Changes a project; one that is disabled loses its tokens for good, also when it is enabled again. */
export const updateProject = (
  tables: Tables,
  id: string,
  changes: Updateable<ProjectRow>,
): Promise<StoredProject> =>
  tables
    .updateTable('identity.projects')
    .set({
      id,
      ...changes,
      ...(changes.enabled === false ? { tokens_valid_after: new Date() } : {}),
    })
    .where('id', '=', id)
    .returning(PROJECT_COLUMNS)
    .executeTakeFirstOrThrow();

/** Removes a project and what was granted on it; users whose default it was have none. */
export async function deleteProject(tables: Tables, id: string): Promise<void> {
  await tables
    .updateTable('identity.users')
    .set({ default_project_id: null })
    .where('default_project_id', '=', id)
    .execute();
  await tables.deleteFrom('identity.projects').where('id', '=', id).execute();
}

/** Projects above, nearest first; the domain is the last. */
export async function ancestors(tables: Tables, id: string): Promise<StoredProject[]> {
  const { rows } = await sql<StoredProject>`
    with recursive above as (
      select p.*, 0 as distance from identity.projects p where id = ${id}
      union all
      select p.*, distance + 1 from identity.projects p join above on p.id = above.parent_id
    ) select ${columns} from above where distance > 0 order by distance`.execute(tables);
  return rows;
}

/** Projects below, at any depth. */
export async function descendants(tables: Tables, id: string): Promise<StoredProject[]> {
  const { rows } = await sql<StoredProject>`
    with recursive below as (
      select p.* from identity.projects p where parent_id = ${id}
      union all
      select p.* from identity.projects p join below on p.parent_id = below.id
    ) select ${columns} from below order by name, id`.execute(tables);
  return rows;
}

const columns = sql.join(PROJECT_COLUMNS.map((column) => sql.ref(column)));
