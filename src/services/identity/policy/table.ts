import {
  ADMIN,
  ANYONE,
  DOMAIN_MANAGER,
  DOMAIN_READER,
  DOMAIN_TOKEN,
  GRANTING_MANAGER,
  IN_DOMAIN,
  IN_PROJECT,
  MANAGER,
  OWNER,
  PUBLIC,
  SERVICE,
  SYSTEM_READER,
  type Condition,
} from './conditions.ts';

/** One of the conditions suffices. */
export type Rule = readonly Condition[];

const anybody = [PUBLIC];
const anyToken = [ANYONE];
const administer = [ADMIN];
const readAll = [ADMIN, SYSTEM_READER];
const readDomain = [...readAll, DOMAIN_READER];
const manageDomain = [ADMIN, DOMAIN_MANAGER];
const own = [ADMIN, OWNER];
const readOwn = [...readAll, OWNER];
const services = [ADMIN, SERVICE];

/** Rules by the operations that they are for. */
const RULES: readonly (readonly [rule: Rule, operations: string])[] = [
  [anybody, 'issue_token change_password'],
  [
    anyToken,
    `get_auth_catalog get_auth_projects get_auth_domains get_auth_system list_regions get_region
     get_limit_model list_limits list_registered_limits get_registered_limit
     get_security_compliance_domain_config get_security_compliance_domain_config_option
     check_security_compliance_domain_config check_security_compliance_domain_config_option`,
  ],
  [[ADMIN, SYSTEM_READER, SERVICE, OWNER], 'validate_token'],
  [readOwn, 'check_token'],
  [own, 'revoke_token'],
  [services, 'ec2tokens_validate s3tokens_validate'],

  [[...readAll, IN_DOMAIN], 'get_domain'],
  [readDomain, 'list_domains'],
  [administer, 'create_domain update_domain delete_domain'],
  [readAll, 'get_domain_config check_domain_config'],
  [readAll, 'get_domain_config_group check_domain_config_group'],
  [readAll, 'get_domain_config_option check_domain_config_option'],
  [readAll, 'get_domain_config_default get_domain_config_group_default'],
  [readAll, 'get_domain_config_option_default'],
  [administer, 'create_domain_config update_domain_config update_domain_config_group'],
  [administer, 'update_domain_config_option delete_domain_config delete_domain_config_group'],
  [administer, 'delete_domain_config_option'],

  [[...readDomain, IN_PROJECT], 'get_project list_project_tags get_project_tag check_project_tag'],
  [readDomain, 'list_projects'],
  [manageDomain, 'create_project update_project delete_project'],
  [manageDomain, 'update_project_tags delete_project_tags create_project_tag delete_project_tag'],

  [readDomain, 'list_users'],
  [[...readDomain, OWNER], 'get_user list_groups_for_user list_user_projects'],
  [manageDomain, 'create_user update_user delete_user'],
  [readDomain, 'list_groups get_group list_users_in_group'],
  [[...readDomain, OWNER], 'check_user_in_group'],
  [manageDomain, 'create_group update_group delete_group'],
  [manageDomain, 'add_user_to_group remove_user_from_group'],

  [[...readAll, MANAGER], 'list_roles get_role'],
  [administer, 'create_role update_role delete_role'],
  [readAll, 'list_role_inference_rules list_implied_roles get_implied_role check_implied_role'],
  [administer, 'create_implied_role delete_implied_role'],
  [readDomain, 'list_role_assignments'],

  [[OWNER], 'create_application_credential create_trust'],
  [readOwn, 'list_application_credentials get_application_credential'],
  [own, 'delete_application_credential'],
  [readOwn, 'list_access_rules get_access_rule'],
  [own, 'delete_access_rule'],
  [anyToken, 'list_credentials'],
  [readOwn, 'get_credential'],
  [own, 'create_credential update_credential delete_credential'],
  [readOwn, 'ec2_list_credentials ec2_get_credential'],
  [own, 'ec2_create_credential ec2_delete_credential'],
  [readOwn, 'list_trusts get_trust list_roles_for_trust get_role_for_trust check_role_for_trust'],
  [own, 'delete_trust'],

  [administer, 'create_region create_region_with_id update_region delete_region'],
  [readAll, 'list_services get_service list_endpoints get_endpoint'],
  [administer, 'create_service update_service delete_service'],
  [administer, 'create_endpoint update_endpoint delete_endpoint'],
  [administer, 'add_endpoint_to_project remove_endpoint_from_project'],
  [readAll, 'check_endpoint_in_project get_endpoint_in_project list_endpoints_for_project'],
  [readAll, 'list_projects_for_endpoint list_endpoint_groups get_endpoint_group'],
  [readAll, 'check_endpoint_group list_endpoint_groups_for_project'],
  [administer, 'create_endpoint_group update_endpoint_group delete_endpoint_group'],
  [readAll, 'list_projects_associated_with_endpoint_group'],
  [readAll, 'list_endpoints_associated_with_endpoint_group'],
  [readAll, 'get_endpoint_group_in_project check_endpoint_group_in_project'],
  [administer, 'add_endpoint_group_to_project remove_endpoint_group_from_project'],

  [administer, 'create_registered_limits update_registered_limit delete_registered_limit'],
  [[...readAll, DOMAIN_TOKEN, IN_PROJECT], 'get_limit'],
  [administer, 'create_limits update_limit delete_limit'],
  [readAll, 'list_policies get_policy'],
  [administer, 'create_policy update_policy delete_policy'],
  ...grants(),
];

/** Grants stand on projects, domains and the system, for users and groups, and below the first two. */
function* grants(): Generator<readonly [Rule, string]> {
  for (const actor of ['user', 'group']) {
    for (const place of ['project', 'domain']) {
      for (const name of ['grant', 'inherited_grant'].map(
        (grant) => `${grant}_on_${place}_to_${actor}`,
      )) {
        yield [readDomain, `list_${name} get_${name} check_${name}`];
        yield [[ADMIN, GRANTING_MANAGER], `create_${name} delete_${name}`];
      }
    }
    const name = `grant_on_system_to_${actor}`;
    yield [readAll, `list_${name} get_${name} check_${name}`];
    yield [administer, `create_${name} delete_${name}`];
  }
}

/**
 * Who may do what in the identity service: the one place where it stands. Enforcement, the roles in the OpenAPI
 * document, the tests by persona and the reference are made from it. The rules are Keystone's defaults.
 */
export const POLICY: ReadonlyMap<string, Rule> = new Map(
  RULES.flatMap(([rule, operations]) =>
    operations
      .trim()
      .split(/\s+/)
      .map((name) => [name, rule] as const),
  ),
);

/** The rule of an operation; one without a rule is a mistake that no start survives. */
export function ruleOf(operation: string): Rule {
  const rule = POLICY.get(operation);
  if (rule === undefined) throw new Error(`identity's policy table has no rule for ${operation}`);
  return rule;
}
