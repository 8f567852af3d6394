import { sql, type RawBuilder, type Selectable, type SqlBool } from 'kysely';
import type { Tables } from '../context.ts';
import { ENDPOINT_COLUMNS, type StoredEndpoint } from '../endpoints/model.ts';
import type { EndpointGroupRow } from '../tables.ts';

export const ENDPOINT_GROUP_COLUMNS = ['id', 'name', 'description', 'filters'] as const;

export type StoredEndpointGroup = Selectable<EndpointGroupRow>;

export const getEndpointGroup = (
  tables: Tables,
  id: string,
): Promise<StoredEndpointGroup | undefined> =>
  tables
    .selectFrom('identity.endpoint_groups')
    .select(ENDPOINT_GROUP_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();

/** Whether the row of endpoints called `e` is in the group called `g`: each filter that is set fits. */
const FITS = sql.join(
  (['service_id', 'region_id', 'interface'] as const).map(
    (name) =>
      sql`(g.filters -> ${sql.lit(name)} is null or g.filters ->> ${sql.lit(name)} is not distinct from e.${sql.ref(name)})`,
  ),
  sql` and `,
);

/** The endpoints of a group, as they are now. */
export const endpointsOfGroup = (tables: Tables, id: string) =>
  endpointsWhere(
    tables,
    sql<SqlBool>`exists (select 1 from identity.endpoint_groups g where g.id = ${id} and ${FITS})`,
  );

/** The endpoints that are associated with a project: by themselves, or by a group of the project. */
export const endpointsOfProject = (tables: Tables, projectId: string) =>
  endpointsWhere(
    tables,
    sql<SqlBool>`(exists (select 1 from identity.project_endpoints a
        where a.project_id = ${projectId} and a.endpoint_id = e.id)
      or exists (select 1 from identity.project_endpoint_groups a
        join identity.endpoint_groups g on g.id = a.endpoint_group_id
        where a.project_id = ${projectId} and ${FITS}))`,
  );

const endpointsWhere = (
  tables: Tables,
  condition: RawBuilder<SqlBool>,
): Promise<StoredEndpoint[]> =>
  tables
    .selectFrom('identity.endpoints as e')
    .select(ENDPOINT_COLUMNS)
    .where(condition)
    .orderBy('id')
    .execute();
