import { sql } from 'kysely';
import { badRequest, conflict, type Fault } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { parseCidr } from '../addresses/cidr.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { securityGroupNotFound } from '../errors.ts';
import { reserve } from '../quotas/reserve.ts';
import type { SecurityGroupRuleRow } from './noun.ts';
import {
  fitsEthertype,
  ICMP,
  ICMP_V6,
  protocolNames,
  protocolNumber,
  WITH_PORTS,
} from './protocols.ts';

/** What a request says about a new rule. */
export interface RuleValues {
  readonly project_id: string;
  readonly description: string;
  readonly security_group_id: string;
  readonly direction: string;
  readonly ethertype: string;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
}

/** A rule that can be: its protocol's number, and its ports as they are stored. */
export interface CheckedRule {
  readonly number: number | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

/** Checks that the parts of a rule fit together. */
export function checkRule(rule: RuleValues): CheckedRule {
  const { protocol, ethertype } = rule;
  const number =
    protocol === null ? null : (protocolNumber(protocol, ethertype) ?? invalidProtocol(protocol));
  if (number !== null && !fitsEthertype(number, ethertype)) {
    throw badRequest(
      `Invalid ethertype ${ethertype} for protocol ${protocol}: it exists in IPv6 only.`,
      'SecurityGroupEthertypeConflictWithProtocol',
    );
  }
  if (rule.remote_ip_prefix !== null && rule.remote_group_id !== null) {
    throw badRequest(
      'Only remote_ip_prefix or remote_group_id may be provided, not both.',
      'SecurityGroupRemoteGroupAndRemoteIpPrefix',
    );
  }
  if (rule.remote_ip_prefix !== null) {
    const version = parseCidr(rule.remote_ip_prefix)!.version;
    if (ethertype !== `IPv${version}`) {
      throw badRequest(
        `Conflicting value ethertype ${ethertype} for CIDR ${rule.remote_ip_prefix}: it is of IPv${version}.`,
        'SecurityGroupRuleParameterConflict',
      );
    }
  }
  return { number, ...checkPorts(rule, number) };
}

function invalidProtocol(protocol: string): never {
  throw badRequest(
    `Security group rule protocol ${protocol} not supported. Only protocol values ${protocolNames().join(', ')} and integer representations [0 to 255] are supported.`,
    'SecurityGroupRuleInvalidProtocol',
  );
}

const invalidRange = (sentence: string): Fault =>
  badRequest(`Invalid range for port values: ${sentence}`, 'SecurityGroupInvalidPortRange');

function checkPorts(
  { protocol, port_range_min: minimum, port_range_max: maximum }: RuleValues,
  number: number | null,
): { minimum: number | null; maximum: number | null } {
  if (minimum === null && maximum === null) return { minimum, maximum };
  if (number === null) {
    throw badRequest(
      'Must also specify protocol if port range is given.',
      'SecurityGroupProtocolRequiredWithPorts',
    );
  }
  // -1 is how old clients write "any".
  if (minimum === -1 && (maximum === -1 || maximum === null))
    return { minimum: null, maximum: null };
  if (number === ICMP || number === ICMP_V6) return checkIcmp(minimum, maximum);
  // A range that OVN cannot match on would let through more than was asked for.
  if (!WITH_PORTS.has(number)) {
    throw invalidRange(
      `protocol ${protocol} takes no ports (only tcp, udp and sctp do): port_range_min and port_range_max must not be given.`,
    );
  }
  if (minimum === null || maximum === null) {
    throw invalidRange('port_range_min and port_range_max must both be given.');
  }
  if (minimum < 1 || maximum < 1) {
    throw badRequest(
      `Invalid value for port ${Math.min(minimum, maximum)}: ports are from 1 to 65535.`,
      'SecurityGroupInvalidPortValue',
    );
  }
  if (minimum > maximum) {
    throw invalidRange(`port_range_min ${minimum} must be <= port_range_max ${maximum}.`);
  }
  return { minimum, maximum };
}

/** For ICMP the range is type and code. */
function checkIcmp(
  type: number | null,
  code: number | null,
): { minimum: number | null; maximum: number | null } {
  for (const [field, name, value] of [
    ['port_range_min', 'type', type],
    ['port_range_max', 'code', code],
  ] as const) {
    if (value === null || (value >= 0 && value <= 255)) continue;
    throw badRequest(
      `Invalid value for ICMP ${name} (${field}) ${value}. It must be 0 to 255.`,
      'SecurityGroupInvalidIcmpValue',
    );
  }
  if (type === null) {
    throw badRequest(
      `ICMP code (port_range_max) ${code} is provided but ICMP type (port_range_min) is missing.`,
      'SecurityGroupMissingIcmpType',
    );
  }
  return { minimum: type, maximum: code };
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as RuleValues;
  const { transaction } = change;
  const checked = checkRule(values);
  const wanted = [values.security_group_id, values.remote_group_id].filter((id) => id !== null);
  const groups = await sql<{ id: string; project_id: string }>`
    select id, project_id from network.security_groups where id = any(${wanted}::uuid[])`.execute(
    transaction,
  );
  for (const id of wanted) {
    const group = groups.rows.find((row) => row.id === id);
    if (group === undefined || (!caller.isAdmin && group.project_id !== caller.projectId)) {
      throw securityGroupNotFound(id);
    }
  }
  const group = groups.rows.find(({ id }) => id === values.security_group_id)!;
  await reserve(change, 'security_group_rule', group.project_id);
  const id = newUuid();
  try {
    await transaction
      .insertInto('network.security_group_rules')
      .values({
        ...standardColumns(values),
        id,
        // A rule is its group's, whoever made it.
        project_id: group.project_id,
        security_group_id: group.id,
        direction: values.direction,
        ethertype: values.ethertype,
        protocol: values.protocol,
        protocol_number: checked.number,
        port_range_min: checked.minimum,
        port_range_max: checked.maximum,
        remote_ip_prefix: values.remote_ip_prefix,
        remote_group_id: values.remote_group_id,
      })
      .execute();
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'security_group_rules_same') {
      throw conflict(
        `Security group rule already exists in group ${group.id}: the same direction, ethertype, protocol, ports and remote.`,
        'SecurityGroupRuleExists',
      );
    }
    // The group was deleted between the look and the insertion.
    if (constraint !== undefined) throw securityGroupNotFound(group.id);
    throw error;
  }
  await bumpGroup(change, group.id);
  change.touch(`security_group_rule:${id}`);
  return id;
}

/** A group's revision counts its rules' changes too. */
async function bumpGroup(change: Change, id: string): Promise<void> {
  await sql`update network.security_groups set revision_number = revision_number + 1, updated_at = now()
    where id = ${id}`.execute(change.transaction);
  change.touch(`security_group:${id}`);
}

async function remove(change: Change, _caller: Caller, row: SecurityGroupRuleRow): Promise<void> {
  await change.transaction
    .deleteFrom('network.security_group_rules')
    .where('id', '=', row.id)
    .execute();
  await bumpGroup(change, row.security_group_id);
  change.touch(`security_group_rule:${row.id}`);
}

export const securityGroupRuleRules: Rules<SecurityGroupRuleRow> = { create, delete: remove };
