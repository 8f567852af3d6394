import { Type, type Static } from 'typebox';
import { Check, Default, Errors } from 'typebox/value';

const count = (initial: number, description: string, minimum = 0) =>
  Type.Integer({ default: initial, minimum, maximum: 2_147_483_647, description });
const flag = (initial: boolean, description: string) =>
  Type.Boolean({ default: initial, description });
const section = <Properties extends Parameters<typeof Type.Object>[0]>(properties: Properties) =>
  Type.Object(properties, { default: {}, additionalProperties: false });

/**
 * Options of the identity service: member `identity` of `<home>/config.json`. Sections, names and meanings are those
 * of keystone.conf; times are in seconds unless their name has another unit; 0 switches a limit off.
 */
const schema = Type.Object(
  {
    token: section({ expiration: count(3600, 'Life of a token', 1) }),
    receipt: section({
      expiration: count(300, 'How long the rest of several methods may take', 1),
    }),
    trust: section({
      allow_redelegation: flag(true, 'Trustees may pass trusts on that allow it'),
      max_redelegation_count: count(3, 'How often a trust can be passed on'),
    }),
    credential: section({
      auth_ttl: count(15, 'Minutes for which a signed EC2 request is good', 1),
    }),
    totp: section({
      included_previous_windows: Type.Integer({
        default: 1,
        minimum: 0,
        maximum: 10,
        description: 'One-time passwords of so many half minutes before are good too',
      }),
    }),
    unified_limit: section({
      enforcement_model: Type.Union([Type.Literal('flat'), Type.Literal('strict_two_level')], {
        default: 'flat',
        description: 'How the limits of projects and of their domains go together',
      }),
    }),
    endpoint_filter: section({
      return_all_endpoints_if_no_filter: flag(
        true,
        'Projects with which no endpoint is associated see all of them',
      ),
    }),
    security_compliance: section({
      lockout_failure_attempts: count(0, 'Wrong passwords in a row that lock a user out'),
      lockout_duration: count(1800, 'How long a user is locked out', 1),
      disable_user_account_days_inactive: count(
        0,
        'Days without login after which a user is disabled',
      ),
      password_expires_days: count(0, 'Days after which a new password expires'),
      unique_last_password_count: count(
        0,
        'The last passwords, the present one included, of which a new one must be none',
      ),
      minimum_password_age: count(0, 'Days before which nobody changes the own password again'),
      password_regex: Type.String({
        default: '',
        maxLength: 1000,
        description: 'What passwords must match from their beginning',
      }),
      password_regex_description: Type.String({
        default: '',
        maxLength: 1000,
        description: 'The same in words, for those whose password does not match',
      }),
      change_password_upon_first_use: flag(
        false,
        'Who got its password from an administrator must change it first',
      ),
    }),
  },
  { additionalProperties: false },
);

export type IdentityOptions = Static<typeof schema>;

/** Reads the options, with defaults for those that are not there; fails with a sentence about each wrong one. */
export function identityOptions(given: unknown): IdentityOptions {
  const whole = Default(schema, structuredClone(given)) as unknown;
  if (!Check(schema, whole)) {
    const sentences = Errors(schema, whole).map(
      ({ instancePath, message }) =>
        `${instancePath.slice(1).replaceAll('/', '.') || 'identity'} ${message}`,
    );
    throw new Error(`config.json, identity: ${sentences.slice(0, 5).join('; ')}`);
  }
  const { password_regex: pattern } = whole.security_compliance;
  try {
    ''.match(new RegExp(pattern, 'u'));
  } catch (error) {
    throw new Error(
      `config.json, identity: security_compliance.password_regex ${(error as Error).message}`,
      { cause: error },
    );
  }
  return whole;
}
