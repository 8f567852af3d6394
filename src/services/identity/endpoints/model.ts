import type { Selectable } from 'kysely';
import type { Tables } from '../context.ts';
import type { EndpointRow } from '../tables.ts';

export const ENDPOINT_COLUMNS = [
  'id',
  'service_id',
  'interface',
  'region_id',
  'url',
  'enabled',
  'extra',
] as const;

export type StoredEndpoint = Selectable<EndpointRow>;

export const getEndpoint = (tables: Tables, id: string): Promise<StoredEndpoint | undefined> =>
  tables
    .selectFrom('identity.endpoints')
    .select(ENDPOINT_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
