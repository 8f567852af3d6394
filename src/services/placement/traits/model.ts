import { sql } from 'kysely';
import type { Database, Transaction } from '../../../database/database.ts';
import { requireNames, type NameKind } from '../names.ts';
import { STANDARD_TRAITS } from './standard.ts';

export const TRAITS: NameKind = {
  table: 'traits',
  standard: STANDARD_TRAITS,
  usedIn: { table: 'provider_traits', column: 'trait' },
};

/** Names of the traits that some provider has. */
export async function associatedTraits(database: Database): Promise<Set<string>> {
  const { rows } = await sql<{ trait: string }>`
    select distinct trait from placement.provider_traits
  `.execute(database);
  return new Set(rows.map((row) => row.trait));
}

/** Refuses traits that do not exist, naming them and the place they were named in. */
export const checkTraits = (
  database: Database | Transaction,
  names: readonly string[],
  place?: string,
): Promise<void> =>
  requireNames(
    database,
    TRAITS,
    names,
    (missing) => `${place === undefined ? '' : `${place}: `}No such trait(s): ${missing}.`,
  );

/** The provider's traits become exactly these. */
export async function replaceTraits(
  transaction: Transaction,
  providerId: string,
  names: readonly string[],
): Promise<void> {
  await sql`delete from placement.provider_traits where provider_id = ${providerId}`.execute(
    transaction,
  );
  await sql`
    insert into placement.provider_traits (provider_id, trait)
    select ${providerId}::uuid, name from unnest(${[...new Set(names)]}::text[]) name
  `.execute(transaction);
}
