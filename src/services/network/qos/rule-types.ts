import type { Attribute, Attributes } from '../attributes/attribute.ts';
import { Invalid, type AttributeType } from '../attributes/attribute.ts';
import { integer, oneOf, uuid } from '../attributes/types.ts';

/** What a rule of a policy can be about (Neutron's names). */
export type QosRuleType =
  | 'bandwidth_limit'
  | 'dscp_marking'
  | 'minimum_bandwidth'
  | 'packet_rate_limit'
  | 'minimum_packet_rate';

/** `egress` is what the server sends, `ingress` what it receives. */
export type QosDirection = 'egress' | 'ingress' | 'any';

/** The columns of rules that say how much. */
export const AMOUNTS = [
  'max_kbps',
  'max_burst_kbps',
  'min_kbps',
  'dscp_mark',
  'max_kpps',
  'max_burst_kpps',
  'min_kpps',
] as const;

const LARGEST = 2 ** 31 - 1;

/** Code points of differentiated services (RFC 2474, 2597, 3246) that Neutron knows. */
export const DSCP_MARKS: readonly number[] = [
  0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 46, 48, 56,
];

const dscpMark: AttributeType = {
  ...integer(0, 63),
  description: `one of ${DSCP_MARKS.join(', ')}`,
  convert(value) {
    const mark = integer(0, 63).convert(value) as number;
    if (DSCP_MARKS.includes(mark)) return mark;
    throw new Invalid(`${mark} is not one of ${DSCP_MARKS.join(', ')}`);
  },
};

const amount = (column: string, initial?: number): Attribute => ({
  type: integer(0, LARGEST),
  post: true,
  put: true,
  column,
  ...(initial === undefined ? { required: true } : { initial }),
});

const direction = (...words: readonly string[]): Attribute => ({
  type: oneOf(...words),
  post: true,
  put: true,
  initial: 'egress',
  column: 'direction',
});

const id: Attribute = { type: uuid, column: 'id' };
const BOTH = ['egress', 'ingress'];

/** The attributes of each type's rules. */
export const RULE_ATTRIBUTES: Readonly<Record<QosRuleType, Attributes>> = {
  bandwidth_limit: {
    id,
    max_kbps: amount('max_kbps'),
    max_burst_kbps: amount('max_burst_kbps', 0),
    direction: direction(...BOTH),
  },
  dscp_marking: {
    id,
    dscp_mark: { type: dscpMark, post: true, put: true, required: true, column: 'dscp_mark' },
  },
  minimum_bandwidth: { id, min_kbps: amount('min_kbps'), direction: direction(...BOTH) },
  packet_rate_limit: {
    id,
    max_kpps: amount('max_kpps'),
    max_burst_kpps: amount('max_burst_kpps', 0),
    direction: direction(...BOTH),
  },
  minimum_packet_rate: { id, min_kpps: amount('min_kpps'), direction: direction(...BOTH, 'any') },
};

export const RULE_TYPES = Object.keys(RULE_ATTRIBUTES) as readonly QosRuleType[];

/** The types that OVN can do something with; policies with others can be written, but not given to anything. */
export const SUPPORTED: readonly QosRuleType[] = [
  'bandwidth_limit',
  'dscp_marking',
  'minimum_bandwidth',
];

const range = (name: string) => ({
  parameter_name: name,
  parameter_type: 'range',
  parameter_values: { start: 0, end: LARGEST },
});
const choices = (name: string, values: readonly unknown[]) => ({
  parameter_name: name,
  parameter_type: 'choices',
  parameter_values: values,
});

/** What the driver supports of a type, as `rule-types` shows it. */
export const SUPPORTED_PARAMETERS: Readonly<Partial<Record<QosRuleType, readonly unknown[]>>> = {
  bandwidth_limit: [range('max_kbps'), range('max_burst_kbps'), choices('direction', BOTH)],
  dscp_marking: [choices('dscp_mark', DSCP_MARKS)],
  minimum_bandwidth: [range('min_kbps'), choices('direction', BOTH)],
};
