import { Type, type Static } from 'typebox';
import { badRequest } from '../../../core/errors.ts';

const Flag = Type.Optional(Type.Union([Type.Boolean(), Type.Null()]));

/** `options` of a user: https://docs.openstack.org/keystone/latest/admin/resource-options.html; null removes one. */
export const UserOptions = Type.Object(
  {
    ignore_change_password_upon_first_use: Flag,
    ignore_password_expiry: Flag,
    ignore_lockout_failure_attempts: Flag,
    lock_password: Flag,
    ignore_user_inactivity: Flag,
    multi_factor_auth_enabled: Flag,
    multi_factor_auth_rules: Type.Optional(
      Type.Union([
        Type.Array(
          Type.Array(Type.String({ maxLength: 64 }), {
            minItems: 1,
            maxItems: 16,
            uniqueItems: true,
          }),
          { maxItems: 64 },
        ),
        Type.Null(),
      ]),
    ),
  },
  { additionalProperties: false },
);
export type GivenUserOptions = Static<typeof UserOptions>;

/** What is stored of `options`. */
export type StoredUserOptions = {
  readonly [Name in keyof GivenUserOptions]?: Exclude<GivenUserOptions[Name], null>;
};

/** The options after a change; fails when a rule stands twice among the rules. */
export function changedOptions(
  old: StoredUserOptions,
  given: GivenUserOptions | undefined,
): StoredUserOptions {
  const rules = (given?.multi_factor_auth_rules ?? []).map((rule) => JSON.stringify(rule));
  if (new Set(rules).size < rules.length) {
    throw badRequest(
      'Invalid input for field user.options.multi_factor_auth_rules: a rule stands in it twice.',
    );
  }
  const merged = Object.entries({ ...old, ...given });
  return Object.fromEntries(merged.filter(([, value]) => value != null));
}
