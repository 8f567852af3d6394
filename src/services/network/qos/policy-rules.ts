import { sql } from 'kysely';
import { newUuid } from '../../../core/ids.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import { contradiction, countedInPlacement, ruleNotFound, sameRule } from './errors.ts';
import type { QosPolicyRow, QosRuleRow } from './noun.ts';
import type { QosRuleType } from './rule-types.ts';
import { checkNetwork, checkPort } from './support.ts';
import { limitedPorts, touchUsers, usersOf } from './users.ts';

/** The policy's rule of this type; fails with QosRuleNotFound. */
export function ruleOf(policy: QosPolicyRow, type: QosRuleType, id: string): QosRuleRow {
  const rule = policy.rules.find((candidate) => candidate.id === id && candidate.type === type);
  if (rule === undefined) throw ruleNotFound(policy.id, id);
  return rule;
}

type Draft = Partial<QosRuleRow> & Pick<QosRuleRow, 'id' | 'type'>;

/** The policy is locked, so that what is checked here stays so. */
function checkDraft(policy: QosPolicyRow, draft: Draft): void {
  for (const other of policy.rules) {
    if (other.id === draft.id) continue;
    const alike = (other.direction ?? null) === (draft.direction ?? null);
    if (other.type === draft.type && alike) throw sameRule(policy.id, draft.type, other.id);
    if (other.type === 'minimum_packet_rate' && draft.type === other.type) {
      if ((other.direction === 'any') !== (draft.direction === 'any')) {
        throw contradiction(policy.id, draft.direction, other.type, other.direction);
      }
    }
    if (!alike) continue;
    if (draft.type === 'bandwidth_limit' && other.type === 'minimum_bandwidth') {
      if (other.min_kbps! > draft.max_kbps!) {
        throw contradiction(policy.id, draft.max_kbps, other.type, other.min_kbps);
      }
    }
    if (draft.type === 'minimum_bandwidth' && other.type === 'bandwidth_limit') {
      if (other.max_kbps! < draft.min_kbps!) {
        throw contradiction(policy.id, draft.min_kbps, other.type, other.max_kbps);
      }
    }
  }
}

/** A rule was made, changed or removed: that counts at once. */
async function followUp(change: Change, policy: QosPolicyRow): Promise<void> {
  await sql`update network.qos_policies set revision_number = revision_number + 1, updated_at = now()
    where id = ${policy.id}`.execute(change.transaction);
  await touchUsers(change, policy.id);
}

/** Whatever has the policy must be able to keep the rule. */
async function checkUsers(change: Change, policy: QosPolicyRow, type: QosRuleType): Promise<void> {
  for (const user of await usersOf(change.transaction, policy.id)) {
    if (user.kind === 'network') checkNetwork([type], user.id);
  }
  for (const port of await limitedPorts(change.transaction, policy.id)) checkPort([type], port);
}

/** As in Neutron: what placement counts for servers' ports is not changed behind their back (501). */
async function checkCounted(
  change: Change,
  policy: QosPolicyRow,
  type: QosRuleType,
): Promise<void> {
  if (type !== 'minimum_bandwidth' && type !== 'minimum_packet_rate') return;
  const ports = await limitedPorts(change.transaction, policy.id);
  const port = ports.find(({ device_owner: owner }) => owner.startsWith('compute:'));
  if (port !== undefined) throw countedInPlacement(policy.id, port.id);
}

/** Adds a rule to a locked policy and gives its id. */
export async function addRule(
  change: Change,
  policy: QosPolicyRow,
  type: QosRuleType,
  values: Values,
): Promise<string> {
  const { project_id: _project, ...amounts } = values;
  const draft = { id: newUuid(), policy_id: policy.id, type, ...amounts } as Draft & {
    policy_id: string;
  };
  checkDraft(policy, draft);
  await checkUsers(change, policy, type);
  await checkCounted(change, policy, type);
  await change.transaction.insertInto('network.qos_rules').values(draft).execute();
  policy.rules.push(draft as QosRuleRow);
  await followUp(change, policy);
  return draft.id;
}

/** Changes a rule of a locked policy. */
export async function changeRule(
  change: Change,
  policy: QosPolicyRow,
  rule: QosRuleRow,
  values: Values,
): Promise<void> {
  checkDraft(policy, { ...rule, ...values });
  if (Object.keys(values).length === 0) return;
  await checkCounted(change, policy, rule.type);
  await change.transaction
    .updateTable('network.qos_rules')
    .set(values)
    .where('id', '=', rule.id)
    .execute();
  await followUp(change, policy);
}

/** Removes a rule of a locked policy. */
export async function removeRule(
  change: Change,
  policy: QosPolicyRow,
  rule: QosRuleRow,
): Promise<void> {
  await checkCounted(change, policy, rule.type);
  await change.transaction.deleteFrom('network.qos_rules').where('id', '=', rule.id).execute();
  await followUp(change, policy);
}
