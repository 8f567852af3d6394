import { badRequest } from '../../../core/errors.ts';
import { formatCidr, parseCidr } from '../addresses/cidr.ts';
import {
  canonicalProtocol,
  fitsEthertype,
  ICMP,
  ICMP_V6,
  protocolNumber,
  WITH_PORTS,
} from './protocols.ts';

/** What a request says about the packets of a rule. */
export interface RuleWish {
  readonly direction: string;
  readonly ethertype: string;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  /** As it was written. */
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly remote_address_group_id: string | null;
}

/** A rule that can be, as it is stored. */
export interface CheckedRule extends RuleWish {
  readonly protocol_number: number | null;
  /** The network of the prefix. */
  readonly remote_ip_prefix: string | null;
  readonly remote_ip_given: string | null;
}

/** Checks that the parts of a rule fit together, and gives them the form in which they are compared. */
export function checkRule(wish: RuleWish): CheckedRule {
  const { ethertype } = wish;
  const protocol = wish.protocol && canonicalProtocol(wish.protocol, ethertype);
  const number = protocol === null ? null : protocolNumber(protocol)!;
  const ports = checkPorts(wish, protocol, number);
  const prefix = checkPrefix(wish);
  if (number !== null && !fitsEthertype(number, ethertype)) {
    throw badRequest(
      `Invalid ethertype ${ethertype} for protocol ${protocol}: it exists in IPv6 only.`,
      'SecurityGroupEthertypeConflictWithProtocol',
    );
  }
  const remotes = [wish.remote_ip_prefix, wish.remote_group_id, wish.remote_address_group_id];
  if (remotes.filter((remote) => remote !== null).length > 1) {
    throw badRequest(
      'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
      'SecurityGroupMultipleRemoteEntites',
    );
  }
  return {
    direction: wish.direction,
    ethertype,
    protocol,
    protocol_number: number,
    port_range_min: ports.minimum,
    port_range_max: ports.maximum,
    remote_ip_prefix: prefix,
    remote_ip_given: wish.remote_ip_prefix,
    remote_group_id: wish.remote_group_id,
    remote_address_group_id: wish.remote_address_group_id,
  };
}

/** Two rules with the same text let the same packets through. */
export const ruleKey = (rule: CheckedRule): string =>
  JSON.stringify([
    rule.direction,
    rule.ethertype,
    rule.protocol_number,
    rule.port_range_min,
    rule.port_range_max,
    rule.remote_ip_prefix?.endsWith('/0') ? null : rule.remote_ip_prefix,
    rule.remote_group_id,
    rule.remote_address_group_id,
  ]);

function checkPrefix({ remote_ip_prefix: given, ethertype }: RuleWish): string | null {
  if (given === null) return null;
  const range = parseCidr(given)!;
  if (ethertype !== `IPv${range.version}`) {
    throw badRequest(
      `Conflicting value ethertype ${ethertype} for CIDR ${given}: it is of IPv${range.version}.`,
      'SecurityGroupRuleParameterConflict',
    );
  }
  return formatCidr(range);
}

interface Ports {
  readonly minimum: number | null;
  readonly maximum: number | null;
}

function checkPorts(wish: RuleWish, protocol: string | null, number: number | null): Ports {
  const { port_range_min: minimum, port_range_max: maximum } = wish;
  // All ports are none in particular.
  if (minimum === 1 && maximum === 65_535) return { minimum: null, maximum: null };
  if (minimum === null && maximum === null) return { minimum, maximum };
  if (number === null) {
    throw badRequest(
      'Must also specify protocol if port range is given.',
      'SecurityGroupProtocolRequiredWithPorts',
    );
  }
  if (number === ICMP || number === ICMP_V6) return checkIcmp(minimum, maximum);
  // A range that OVN cannot match on would let through more than was asked for.
  if (!WITH_PORTS.has(number)) {
    const names = [...WITH_PORTS.values()].map((name) => name.toUpperCase()).join(', ');
    throw badRequest(
      `Ports cannot be specified for protocol ${protocol}. Ports are only supported for ${names}.`,
      'SecurityGroupInvalidProtocolForPort',
    );
  }
  if (minimum === 0 || maximum === 0) {
    throw badRequest(
      'Invalid value for port 0: ports are from 1 to 65535.',
      'SecurityGroupInvalidPortValue',
    );
  }
  if (minimum === null || maximum === null || minimum > maximum) {
    throw badRequest(
      `For TCP/UDP protocols, port_range_min must be <= port_range_max, and both must be given: ${minimum} and ${maximum} are not.`,
      'SecurityGroupInvalidPortRange',
    );
  }
  return { minimum, maximum };
}

/** For ICMP the range is type and code. */
function checkIcmp(type: number | null, code: number | null): Ports {
  for (const [field, name, value] of [
    ['port_range_min', 'type', type],
    ['port_range_max', 'code', code],
  ] as const) {
    if (value === null || value <= 255) continue;
    throw badRequest(
      `Invalid value for ICMP ${name} (${field}) ${value}. It must be 0 to 255.`,
      'SecurityGroupInvalidIcmpValue',
    );
  }
  if (type === null) {
    throw badRequest(
      `ICMP code (port-range-max) ${code} is provided but ICMP type (port-range-min) is missing.`,
      'SecurityGroupMissingIcmpType',
    );
  }
  return { minimum: type, maximum: code };
}
