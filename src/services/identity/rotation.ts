import type { IdentityContext } from './context.ts';
import { seal, unseal } from './tokens/fernet.ts';

/** What a rotation did. */
export interface Rotation {
  /** Secrets in the database that are sealed with the new key now. */
  readonly resealed: number;
}

/**
 * Rotates both rings of keys. Tokens stay good: their keys stay as long as one can need them. Secrets that are kept are
 * sealed anew with the new primary key.
 */
export async function rotateKeys(context: IdentityContext): Promise<Rotation> {
  context.keys.rotate();
  context.credentialKeys.rotate();
  const { tables } = context;
  let resealed = 0;
  const credentials = await tables
    .selectFrom('identity.credentials')
    .select(['id', 'sealed_blob'])
    .execute();
  for (const { id, sealed_blob: old } of credentials) {
    const { numUpdatedRows: updated } = await tables
      .updateTable('identity.credentials')
      .set({ sealed_blob: reseal(context, old) })
      .where('id', '=', id)
      .where('sealed_blob', '=', old) // or somebody changed it meanwhile, with the new key
      .executeTakeFirst();
    resealed += Number(updated);
  }
  const options = await tables
    .selectFrom('identity.domain_options')
    .select(['domain_id', 'group', 'option', 'sealed_value'])
    .where('sealed_value', 'is not', null)
    .execute();
  for (const { sealed_value: old, ...key } of options) {
    const { numUpdatedRows: updated } = await tables
      .updateTable('identity.domain_options')
      .set({ sealed_value: reseal(context, old!) })
      .where('domain_id', '=', key.domain_id)
      .where('group', '=', key.group)
      .where('option', '=', key.option)
      .where('sealed_value', '=', old)
      .executeTakeFirst();
    resealed += Number(updated);
  }
  return { resealed };
}

/** The same secret under the primary key; as it was when no key of ours opens it, so that a backup's key still can. */
function reseal({ credentialKeys }: IdentityContext, sealed: string): string {
  const secret = unseal(sealed, credentialKeys.all());
  return secret === undefined ? sealed : seal(secret, credentialKeys.primary(), new Date());
}
