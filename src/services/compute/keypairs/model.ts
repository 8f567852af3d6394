import type { Selectable } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { violatedConstraint, type Database, type Transaction } from '../../../database/database.ts';
import { keypairNotFound, markerNotFound } from '../errors.ts';
import type { Page } from '../paging.ts';
import { tablesOf, type KeypairRow } from '../tables.ts';

/** An SSH key of a user; its private half was shown once and is nowhere. */
export type Keypair = Selectable<KeypairRow>;

/** The user's key pair, or Nova's 404. */
export async function requireKeypair(
  database: Database | Transaction,
  userId: string,
  name: string,
): Promise<Keypair> {
  const row = await tablesOf(database)
    .selectFrom('compute.keypairs')
    .selectAll()
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .executeTakeFirst();
  if (!row) throw keypairNotFound(name, userId);
  return row;
}

/** A page of the user's key pairs by name. */
export async function listKeypairs(
  database: Database,
  userId: string,
  page: Page | undefined,
): Promise<Keypair[]> {
  let query = tablesOf(database)
    .selectFrom('compute.keypairs')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('name');
  if (page?.marker !== undefined) {
    await requireKeypair(database, userId, page.marker).catch(() => {
      throw markerNotFound(page.marker!);
    });
    query = query.where('name', '>', page.marker);
  }
  if (page) query = query.limit(page.limit);
  return query.execute();
}

export async function countKeypairs(
  database: Database | Transaction,
  userId: string,
): Promise<number> {
  const { count } = await tablesOf(database)
    .selectFrom('compute.keypairs')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return count;
}

/** 409 when the user has one of that name. */
export async function insertKeypair(
  database: Database | Transaction,
  values: Pick<Keypair, 'user_id' | 'name' | 'type' | 'public_key' | 'fingerprint'>,
): Promise<Keypair> {
  try {
    return await tablesOf(database)
      .insertInto('compute.keypairs')
      .values(values)
      .returningAll()
      .executeTakeFirstOrThrow();
  } catch (error) {
    if (violatedConstraint(error) === 'keypairs_name_unique')
      throw conflict(`Key pair '${values.name}' already exists.`);
    throw error;
  }
}

export async function deleteKeypair(
  database: Database,
  userId: string,
  name: string,
): Promise<void> {
  const gone = await tablesOf(database)
    .deleteFrom('compute.keypairs')
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .returning('number')
    .executeTakeFirst();
  if (!gone) throw keypairNotFound(name, userId);
}
