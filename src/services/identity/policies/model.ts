import type { Selectable } from 'kysely';
import type { Tables } from '../context.ts';
import type { PolicyRow } from './tables.ts';

export const POLICY_COLUMNS = ['id', 'type', 'blob', 'extra'] as const;

export type StoredPolicy = Selectable<PolicyRow>;

export const getPolicy = (tables: Tables, id: string): Promise<StoredPolicy | undefined> =>
  tables
    .selectFrom('identity.policies')
    .select(POLICY_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
