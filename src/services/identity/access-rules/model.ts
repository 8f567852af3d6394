import type { Static } from 'typebox';
import { newHexId } from '../../../core/ids.ts';
import type { Tables } from '../context.ts';
import { couldNotFind } from '../errors.ts';
import type { AccessRuleRow } from '../tables.ts';
import type { AccessRules } from './schemas.ts';

export const ACCESS_RULE_COLUMNS = ['id', 'service', 'method', 'path'] as const;

export type StoredAccessRule = Pick<AccessRuleRow, (typeof ACCESS_RULE_COLUMNS)[number]>;

export const userAccessRules = (tables: Tables, userId: string) =>
  tables
    .selectFrom('identity.access_rules')
    .select(ACCESS_RULE_COLUMNS)
    .where('user_id', '=', userId);

/** The ids of a user's rules; one that says what none says so far is made. An id must be of the user's. */
export async function ensureAccessRules(
  tables: Tables,
  userId: string,
  wanted: Static<typeof AccessRules>,
): Promise<string[]> {
  const ids = new Set<string>();
  for (const rule of wanted) {
    if ('id' in rule) {
      const row = await userAccessRules(tables, userId)
        .where('id', '=', rule.id)
        .forShare()
        .executeTakeFirst();
      if (row === undefined) throw couldNotFind('Access Rule', rule.id);
      ids.add(row.id);
      continue;
    }
    const { service, path, method } = rule;
    const row = await tables
      .insertInto('identity.access_rules')
      .values({ id: newHexId(), user_id: userId, service, path, method })
      .onConflict((conflict) =>
        // An update that changes nothing, so that the row that was there comes back, locked.
        conflict.constraint('access_rules_once').doUpdateSet({ service }),
      )
      .returning('id')
      .executeTakeFirstOrThrow();
    ids.add(row.id);
  }
  return [...ids];
}
