import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { badRequest, conflict } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { addressGroupNotFound, visibleAddressGroups } from '../address_groups/lookup.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { policyNotAuthorized, securityGroupNotFound } from '../errors.ts';
import { reserve } from '../quotas/reserve.ts';
import { visibleGroups, type VisibleGroup } from '../security_groups/lookup.ts';
import { prepareDefaultGroup } from '../security_groups/prepare.ts';
import { checkRule, ruleKey, type CheckedRule, type RuleWish } from './check.ts';
import { insertRules, type NewRule } from './insert.ts';
import type { SecurityGroupRuleRow } from './noun.ts';

/** What a request says about a new rule. */
interface RuleValues extends RuleWish {
  readonly project_id: string;
  readonly description: string;
  readonly security_group_id: string;
}

async function createAll(
  change: Change,
  caller: Caller,
  raw: readonly Values[],
): Promise<string[]> {
  const wishes = raw as unknown as RuleValues[];
  const checked = wishes.map(checkRule);
  checkOneGroup(wishes);
  checkTwice(checked);
  const groupId = wishes[0]!.security_group_id;
  const group = await checkRemotes(change, caller, groupId, checked);
  await reserve(change, 'security_group_rule', group.project_id, checked.length, group);
  const rules = checked.map((rule, index): NewRule => ({
    ...rule,
    id: idOf(wishes[index]!),
    // A rule is its group's, whoever made it.
    project_id: group.project_id,
    description: wishes[index]!.description,
    security_group_id: groupId,
  }));
  try {
    const inserted = await insertRules(change, rules, groupId);
    const refused = rules.find(({ id }) => !inserted.has(id));
    if (refused !== undefined) throw await exists(change, refused);
  } catch (error) {
    throw goneMeanwhile(error, groupId) ?? error;
  }
  return rules.map(({ id }) => id);
}

/** One request is about one group (Neutron's own limit). */
function checkOneGroup(wishes: readonly RuleValues[]): void {
  if (new Set(wishes.map((wish) => wish.security_group_id)).size > 1) {
    throw badRequest(
      'Only allowed to update rules for one security group at a time.',
      'SecurityGroupNotSingleGroupRules',
    );
  }
  if (new Set(wishes.map((wish) => wish.project_id)).size > 1) {
    throw badRequest(
      'Multiple project_ids in bulk security group rule create not allowed.',
      'SecurityGroupRulesNotSingleProject',
    );
  }
}

function checkTwice(rules: readonly CheckedRule[]): void {
  if (new Set(rules.map(ruleKey)).size === rules.length) return;
  throw conflict(
    'Duplicate Security Group Rule in POST: two rules of the request say the same.',
    'DuplicateSecurityGroupRuleInPost',
  );
}

/** Gives the rules' group; fails when it, or what the rules name as remote, is not the caller's to use. */
async function checkRemotes(
  change: Change,
  caller: Caller,
  groupId: string,
  rules: readonly CheckedRule[],
): Promise<VisibleGroup> {
  const remotes = rules.flatMap(({ remote_group_id: id }) => id ?? []);
  const impossible = remotes.find((id) => !isUuid(id));
  if (impossible !== undefined) throw securityGroupNotFound(impossible);
  const groups = await visibleGroups(change.transaction, caller, [groupId, ...remotes]);
  const missing = [groupId, ...remotes].find((id) => !groups.has(id));
  if (missing !== undefined) throw securityGroupNotFound(missing);
  const addressGroups = rules.flatMap(({ remote_address_group_id: id }) => id ?? []);
  if (addressGroups.length > 0) {
    const visible = await visibleAddressGroups(change.transaction, caller, addressGroups);
    const unknown = addressGroups.find((id) => !visible.has(id));
    if (unknown !== undefined) throw addressGroupNotFound(unknown);
  }
  const group = groups.get(groupId)!;
  if (caller.isAdmin || group.project_id === caller.projectId) return group;
  throw policyNotAuthorized(
    `create_security_group_rule is disallowed by policy: security group ${groupId} belongs to another project, which only shares it.`,
  );
}

/** The refusal of a rule that the group has already. */
async function exists(change: Change, rule: NewRule) {
  const { rows } = await sql<CheckedRule & { id: string }>`
    select * from network.security_group_rules
    where security_group_id = ${rule.security_group_id}`.execute(change.transaction);
  const same = rows.find((row) => ruleKey(row) === ruleKey(rule));
  return conflict(
    `Security group rule already exists. Rule id is ${same?.id}: it has the same direction, ethertype, protocol, ports and remote.`,
    'SecurityGroupRuleExists',
  );
}

/** What was there at the look may be gone at the insertion. */
function goneMeanwhile(error: unknown, groupId: string) {
  switch (violatedConstraint(error)) {
    case undefined:
      return undefined;
    case 'security_group_rules_remote_address_group':
      return addressGroupNotFound('of the rule');
    default:
      return securityGroupNotFound(groupId);
  }
}

/** A group's revision counts its rules' changes too. */
async function bumpGroup(change: Change, id: string): Promise<void> {
  await sql`update network.security_groups set revision_number = revision_number + 1, updated_at = now()
    where id = ${id}`.execute(change.transaction);
}

async function remove(change: Change, _caller: Caller, row: SecurityGroupRuleRow): Promise<void> {
  await change.transaction
    .deleteFrom('network.security_group_rules')
    .where('id', '=', row.id)
    .execute();
  await bumpGroup(change, row.security_group_id);
  change.touch(`security_group_rule:${row.id}`);
}

export const securityGroupRuleRules: Rules<SecurityGroupRuleRow> = {
  createAll,
  delete: remove,
  prepare: prepareDefaultGroup,
};
