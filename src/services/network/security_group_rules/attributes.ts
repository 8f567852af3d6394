import { badRequest } from '../../../core/errors.ts';
import { parseCidr } from '../addresses/cidr.ts';
import { formatIp, parseIp } from '../addresses/ip.ts';
import type { Attributes, AttributeType } from '../attributes/attribute.ts';
import { cidr, integer, oneOf, orNull, shown, text, uuid } from '../attributes/types.ts';
import { protocolNames } from './protocols.ts';

const ETHERTYPES = ['IPv4', 'IPv6'] as const;

const ethertype: AttributeType = {
  ...oneOf(...ETHERTYPES),
  convert(value) {
    const found = ETHERTYPES.find(
      (candidate) => candidate.toLowerCase() === String(value).toLowerCase(),
    );
    if (found !== undefined) return found;
    throw badRequest(
      `Security group rule for ethertype ${shown(value)} not supported. Allowed values are ${ETHERTYPES.join(', ')}.`,
      'SecurityGroupRuleInvalidEtherType',
    );
  },
};

/** A name or a number; `any` is the same as none. */
const protocol: AttributeType = {
  ...orNull(text(40)),
  description: 'name or number of an IP protocol, or null',
  convert(value) {
    if (value === null) return null;
    const name = String(value).toLowerCase();
    if (name === 'any') return null;
    const known = /^\d{1,3}$/.test(name) ? Number(name) <= 255 : protocolNames().includes(name);
    if (!known) {
      throw badRequest(
        `Security group rule protocol ${shown(value)} not supported. Only protocol values any, ${protocolNames().join(', ')} and integer representations [0 to 255] are supported.`,
        'SecurityGroupRuleInvalidProtocol',
      );
    }
    return /^\d/.test(name) ? String(Number(name)) : name;
  },
};

const port: AttributeType = {
  ...orNull(integer(0, 65_535)),
  convert(value) {
    if (value === null) return null;
    const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
    if (Number.isInteger(number) && (number as number) >= 0 && (number as number) <= 65_535) {
      return number;
    }
    throw badRequest(
      `Invalid value for port ${shown(value)}: it is an integer from 0 to 65535.`,
      'SecurityGroupInvalidPortValue',
    );
  },
};

/** A prefix as it was written, with its length; bits behind the prefix stay. */
const prefix: AttributeType = {
  ...orNull(cidr),
  convert(value) {
    if (value === null || value === '') return null;
    const range = typeof value === 'string' ? parseCidr(value) : undefined;
    if (range === undefined) {
      throw badRequest(
        `The value ${shown(value)} is not in CIDR format such as 10.0.0.0/24.`,
        'InvalidCIDR',
      );
    }
    const ip = parseIp((value as string).split('/')[0]!)!;
    return `${formatIp(ip)}/${range.prefixLength}`;
  },
};

/** What a rule and a template of rules have in common. */
export const ruleAttributes = {
  direction: {
    type: oneOf('ingress', 'egress'),
    post: true,
    required: true,
    column: 'direction',
  },
  ethertype: { type: ethertype, post: true, initial: 'IPv4', column: 'ethertype' },
  protocol: { type: protocol, post: true, initial: null, column: 'protocol' },
  port_range_min: { type: port, post: true, initial: null, column: 'port_range_min' },
  port_range_max: { type: port, post: true, initial: null, column: 'port_range_max' },
  remote_ip_prefix: { type: prefix, post: true, initial: null, column: 'remote_ip_prefix' },
  remote_address_group_id: {
    type: orNull(uuid),
    post: true,
    initial: null,
    column: 'remote_address_group_id',
  },
} satisfies Attributes;
