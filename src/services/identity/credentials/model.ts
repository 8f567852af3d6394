import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { IdentityContext, Tables } from '../context.ts';
import type { CredentialRow } from '../tables.ts';
import { seal, unseal } from '../tokens/fernet.ts';

/** Type of the access keys of EC2's API. */
export const EC2 = 'ec2';

/** The id of an EC2 credential: who knows the access key finds it. */
export const ec2Id = (access: string): string => createHash('sha256').update(access).digest('hex');

export const selectCredentials = (tables: Tables) =>
  tables
    .selectFrom('identity.credentials')
    .select(['id', 'type', 'user_id', 'project_id', 'sealed_blob']);

export const getCredential = (tables: Tables, id: string): Promise<CredentialRow | undefined> =>
  selectCredentials(tables).where('id', '=', id).executeTakeFirst();

export const insertCredential = (
  tables: Tables,
  row: Insertable<CredentialRow>,
): Promise<CredentialRow> =>
  tables
    .insertInto('identity.credentials')
    .values(row)
    .returning(['id', 'type', 'user_id', 'project_id', 'sealed_blob'])
    .executeTakeFirstOrThrow();

/** What the database keeps of a blob. */
export const sealBlob = (context: IdentityContext, blob: string): string =>
  seal(Buffer.from(blob), context.credentialKeys.primary(), new Date());

/** The blob; fails when the key that sealed it is gone from `secrets/credential-keys`. */
export function openBlob(context: IdentityContext, row: CredentialRow): string {
  const keys = context.credentialKeys;
  let blob = unseal(row.sealed_blob, keys.all());
  if (blob === undefined && keys.refresh()) blob = unseal(row.sealed_blob, keys.all());
  if (blob !== undefined) return blob.toString();
  throw new Error(
    `no key in secrets/credential-keys opens the credential ${row.id}: restore the folder from a backup`,
  );
}
