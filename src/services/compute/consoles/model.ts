import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { forbidden } from '../../../core/errors.ts';
import type { Database } from '../../../database/database.ts';
import { tablesOf } from '../tables.ts';
import type { ConsoleType } from './types.ts';

/** What a token opens. */
export interface ConsoleToken {
  readonly serverId: string;
  readonly userId: string;
  readonly type: ConsoleType;
}

/** How long a token is remembered after its time, for a better sentence than that it is unknown. */
const REMEMBERED = sql<Date>`clock_timestamp() - interval '1 hour'`;

/** Only digests are kept: who reads the table opens nothing with it. The tokens are random, so no salt is needed. */
const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Makes a token that is good once and for so many seconds. */
export async function createToken(
  database: Database,
  { serverId, userId, type }: ConsoleToken,
  seconds: number,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await tablesOf(database)
    .insertInto('compute.console_tokens')
    .values({
      digest: digestOf(token),
      server_id: serverId,
      user_id: userId,
      type,
      expires_at: sql<Date>`clock_timestamp() + ${seconds} * interval '1 second'`,
    })
    .execute();
  return token;
}

/** What a token would open that nobody has used and whose time is not over. */
export async function findToken(
  database: Database,
  token: string,
): Promise<ConsoleToken | undefined> {
  const row = await tablesOf(database)
    .selectFrom('compute.console_tokens')
    .select(['server_id', 'user_id', 'type'])
    .where('digest', '=', digestOf(token))
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
  return row && { serverId: row.server_id, userId: row.user_id, type: row.type };
}

/** Uses a token up; of two who try at once one has it. Fails with 403 and a sentence when it opens nothing. */
export async function useToken(
  database: Database,
  token: string,
  type: ConsoleType,
): Promise<ConsoleToken> {
  const digest = digestOf(token);
  const taken = await tablesOf(database)
    .updateTable('compute.console_tokens')
    .set({ used_at: sql<Date>`clock_timestamp()` })
    .where('digest', '=', digest)
    .where('type', '=', type)
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .returning(['server_id', 'user_id'])
    .executeTakeFirst();
  if (taken) return { serverId: taken.server_id, userId: taken.user_id, type };
  const row = await tablesOf(database)
    .selectFrom('compute.console_tokens')
    .select(['used_at', 'type'])
    .where('digest', '=', digest)
    .executeTakeFirst();
  throw forbidden(
    row === undefined
      ? 'Nobody was given this address.'
      : row.type !== type
        ? `This address is for a console of type ${row.type}.`
        : row.used_at === null
          ? 'This address is too old.'
          : 'This address has been used, and opens a console only once.',
  );
}

/** Forgets tokens that are long over. */
export async function forgetTokens(database: Database): Promise<void> {
  await tablesOf(database)
    .deleteFrom('compute.console_tokens')
    .where('expires_at', '<', REMEMBERED)
    .execute();
}
