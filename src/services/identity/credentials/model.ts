import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { IdentityContext, Tables } from '../context.ts';
import type { CredentialRow } from '../tables.ts';
import { seal, unseal } from '../tokens/fernet.ts';

/** Type of the access keys of EC2's API. */
export const EC2 = 'ec2';

const CREDENTIAL_COLUMNS = [
  'id',
  'type',
  'user_id',
  'project_id',
  'sealed_blob',
  'key_hash',
] as const;

/** Who knows the access key of an EC2 credential finds it by this. It is its id as well, until the key changes. */
export const keyHash = (access: string): string =>
  createHash('sha256').update(access).digest('hex');

export const selectCredentials = (tables: Tables) =>
  tables.selectFrom('identity.credentials').select(CREDENTIAL_COLUMNS);

export const getCredential = (tables: Tables, id: string): Promise<CredentialRow | undefined> =>
  selectCredentials(tables).where('id', '=', id).executeTakeFirst();

/** The EC2 credential of an access key. */
export const getByAccessKey = (
  tables: Tables,
  access: string,
): Promise<CredentialRow | undefined> =>
  selectCredentials(tables).where('key_hash', '=', keyHash(access)).executeTakeFirst();

export const insertCredential = (
  tables: Tables,
  row: Insertable<CredentialRow>,
): Promise<CredentialRow> =>
  tables
    .insertInto('identity.credentials')
    .values(row)
    .returning(CREDENTIAL_COLUMNS)
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
