import { sql, type Insertable } from 'kysely';
import type { Tables } from '../context.ts';
import type { TrustRow } from '../tables.ts';

/** A trust with its roles. */
export interface StoredTrust extends Omit<TrustRow, 'created_at'> {
  readonly roles: readonly {
    readonly id: string;
    readonly name: string;
  }[];
}

export const selectTrusts = (tables: Tables) =>
  tables
    .selectFrom('identity.trusts')
    .select(['id', 'trustor_user_id', 'trustee_user_id', 'project_id', 'impersonation'])
    .select(['expires_at', 'remaining_uses', 'redelegation_count', 'redelegated_trust_id'])
    .select(
      sql<StoredTrust['roles']>`(
        select coalesce(json_agg(json_build_object('id', r.id, 'name', r.name) order by r.name), '[]')
        from identity.trust_roles t join identity.roles r on r.id = t.role_id
        where t.trust_id = trusts.id)`.as('roles'),
    );

export const getTrust = (tables: Tables, id: string): Promise<StoredTrust | undefined> =>
  selectTrusts(tables).where('id', '=', id).executeTakeFirst();

/** Writes a trust and the roles it gives, which must exist. */
export async function insertTrust(
  tables: Tables,
  row: Insertable<TrustRow>,
  roles: readonly string[],
): Promise<void> {
  await tables.insertInto('identity.trusts').values(row).execute();
  if (roles.length === 0) return;
  await tables
    .insertInto('identity.trust_roles')
    .values(roles.map((role) => ({ trust_id: row.id, role_id: role })))
    .execute();
}

/** Who gave the roles first: the trustor of the trust from which this one was passed on, at any distance. */
export async function firstTrustor(tables: Tables, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ trustor_user_id: string }>`
    with recursive chain(id, redelegated_trust_id, trustor_user_id) as (
      select id, redelegated_trust_id, trustor_user_id from identity.trusts where id = ${id}
      union select t.id, t.redelegated_trust_id, t.trustor_user_id from identity.trusts t
        join chain on t.id = chain.redelegated_trust_id
    ) select trustor_user_id from chain where redelegated_trust_id is null`.execute(tables);
  return rows[0]?.trustor_user_id;
}

/** Takes one of the uses of a trust; says whether there was one. Trusts without a number have uses without end. */
export async function useTrust(tables: Tables, id: string): Promise<boolean> {
  const { rows } = await sql`
    update identity.trusts set remaining_uses = remaining_uses - 1
    where id = ${id} and (remaining_uses is null or remaining_uses > 0) returning id`.execute(
    tables,
  );
  return rows.length > 0;
}
