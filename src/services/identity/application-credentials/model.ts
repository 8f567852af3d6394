import { sql, type Insertable, type Selectable } from 'kysely';
import type { AccessRule } from '../caller.ts';
import type { Tables } from '../context.ts';
import type { ApplicationCredentialRow } from '../tables.ts';

/** An application credential with its roles and access rules; never with the hash of its secret. */
export interface StoredApplicationCredential extends Omit<
  Selectable<ApplicationCredentialRow>,
  'secret_hash'
> {
  /** To the microsecond and without a zone, as Keystone shows it: clients in Go read nothing else. */
  readonly expires_text: string | null;
  /** As they were given; whether the user still has them is asked when the credential is used. */
  readonly roles: readonly {
    readonly id: string;
    readonly name: string;
    readonly domain_id: string | null;
  }[];
  readonly access_rules: readonly (AccessRule & { readonly id: string })[];
}

export const selectApplicationCredentials = (tables: Tables) =>
  tables
    .selectFrom('identity.application_credentials')
    .select(['id', 'name', 'description', 'user_id', 'project_id', 'unrestricted', 'expires_at'])
    .select([
      sql<string | null>`to_char(expires_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US')`.as(
        'expires_text',
      ),
      sql<StoredApplicationCredential['roles']>`(
        select coalesce(json_agg(
          json_build_object('id', r.id, 'name', r.name, 'domain_id', r.domain_id) order by r.name), '[]')
        from identity.application_credential_roles a join identity.roles r on r.id = a.role_id
        where a.application_credential_id = application_credentials.id)`.as('roles'),
      sql<StoredApplicationCredential['access_rules']>`(
        select coalesce(json_agg(
          json_build_object('id', r.id, 'service', r.service, 'method', r.method, 'path', r.path)
          order by r.service, r.path, r.method), '[]')
        from identity.application_credential_access_rules a
          join identity.access_rules r on r.id = a.access_rule_id
        where a.application_credential_id = application_credentials.id)`.as('access_rules'),
    ]);

export const getApplicationCredential = (
  tables: Tables,
  id: string,
): Promise<StoredApplicationCredential | undefined> =>
  selectApplicationCredentials(tables).where('id', '=', id).executeTakeFirst();

/** Writes a credential, its roles and the access rules it may make requests by, which must exist. */
export async function insertApplicationCredential(
  tables: Tables,
  row: Insertable<ApplicationCredentialRow>,
  roles: readonly string[],
  accessRules: readonly string[],
): Promise<void> {
  await tables.insertInto('identity.application_credentials').values(row).execute();
  await tables
    .insertInto('identity.application_credential_roles')
    .values(roles.map((role) => ({ application_credential_id: row.id, role_id: role })))
    .execute();
  if (accessRules.length === 0) return;
  await tables
    .insertInto('identity.application_credential_access_rules')
    .values(accessRules.map((id) => ({ application_credential_id: row.id, access_rule_id: id })))
    .execute();
}

/** As Keystone does it: who loses a role in a project loses the credentials made there. */
export async function deleteCredentialsIn(
  tables: Tables,
  userId: string,
  projectId: string,
): Promise<void> {
  await tables
    .deleteFrom('identity.application_credentials')
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .execute();
}

/** How a request to authenticate names a credential. */
interface Given {
  readonly id?: string;
  readonly name?: string;
  readonly user?: {
    readonly id?: string;
    readonly name?: string;
    readonly domain?: { readonly id?: string; readonly name?: string };
  };
}

/** The credential by its id, or by its name and its user, with what decides whether it may be used. */
export const findForAuthentication = (tables: Tables, given: Given) =>
  tables
    .selectFrom('identity.application_credentials as credential')
    .innerJoin('identity.users as user', 'user.id', 'credential.user_id')
    .innerJoin('identity.projects as domain', 'domain.id', 'user.domain_id')
    .select(['credential.id', 'credential.user_id', 'credential.project_id'])
    .select(['credential.secret_hash', 'credential.expires_at'])
    .select(['user.enabled', 'domain.enabled as domain_enabled'])
    .where((where) => {
      if (given.id !== undefined) return where('credential.id', '=', given.id);
      const { user } = given;
      const named = where('credential.name', '=', given.name ?? '');
      if (user?.id !== undefined) return where.and([named, where('user.id', '=', user.id)]);
      return where.and([
        named,
        where('user.name', '=', user?.name ?? ''),
        user?.domain?.id === undefined
          ? where('domain.name', '=', user?.domain?.name ?? '')
          : where('domain.id', '=', user.domain.id),
      ]);
    })
    .executeTakeFirst();
