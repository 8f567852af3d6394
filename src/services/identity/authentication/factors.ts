import type { IdentityContext } from '../context.ts';
import type { Method } from '../tokens/payload.ts';
import { METHODS } from '../tokens/payload.ts';
import type { StoredUserOptions } from '../users/options.ts';

/** The rules of a user that can be met at all: a rule with a method that nobody knows counts as not there. */
export function rulesOf(options: StoredUserOptions): readonly (readonly Method[])[] {
  if (options.multi_factor_auth_enabled === false) return [];
  const known = (rule: readonly string[]): boolean =>
    rule.length > 0 && rule.every((method) => (METHODS as readonly string[]).includes(method));
  return (options.multi_factor_auth_rules ?? []).filter(known) as Method[][];
}

/** Whether the methods are all that one of the rules wants; no rule wants nothing. */
export const suffices = (
  rules: readonly (readonly Method[])[],
  methods: readonly Method[],
): boolean =>
  rules.length === 0 || rules.some((rule) => rule.every((method) => methods.includes(method)));

/** The rules of a user, looked up. */
export async function loadRules(
  context: IdentityContext,
  userId: string,
): Promise<readonly (readonly Method[])[]> {
  return context.memory.get(`rules ${userId}`, async () => {
    const row = await context.tables
      .selectFrom('identity.users')
      .select('options')
      .where('id', '=', userId)
      .executeTakeFirst();
    return rulesOf(row?.options ?? {});
  });
}
