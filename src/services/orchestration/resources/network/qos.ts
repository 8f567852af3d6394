import type { Properties } from '../property.ts';
import { textIn } from '../requests.ts';
import {
  between,
  gives,
  integer,
  named,
  oneOf,
  REQUIRED,
  since,
  text,
  UPDATABLE,
  yesNo,
} from '../shapes.ts';
import type { ResourceType } from '../type.ts';
import { neutronType } from './neutron.ts';

export const qosPolicy = neutronType({
  name: 'OS::Neutron::QoSPolicy',
  description: 'A QoS policy: what its rules say holds for the ports and networks that have it.',
  support: { version: '6.0.0' },
  collection: 'qos/policies',
  member: 'policy',
  properties: {
    name: text('What the policy is called.', UPDATABLE),
    description: text('A description.', UPDATABLE),
    shared: yesNo('Whether all projects may use it.', { default: false, ...UPDATABLE }),
    tenant_id: text('The project that shall own it; only administrators may name another one.'),
  },
  attributes: { rules: gives.list('Its rules.') },
});

const direction = (...further: readonly string[]) =>
  text('egress: what comes from the port; ingress: what goes to it.', {
    default: 'egress',
    ...UPDATABLE,
    ...oneOf(...further, 'egress', 'ingress'),
  });

/** A rule stands below its policy. */
const rule = (
  kind: string,
  name: string,
  version: string,
  description: string,
  properties: Properties,
): ResourceType =>
  neutronType({
    name,
    description,
    support: { version },
    collection: (step) => `qos/policies/${textIn(step.properties, 'policy') ?? ''}/${kind}s`,
    member: kind,
    apart: ['policy'],
    properties: {
      ...properties,
      policy: named('neutron.qos_policy', 'The policy that the rule belongs to.', REQUIRED),
      tenant_id: text('The project that shall own it; only administrators may name another one.'),
    },
    attributes: {},
  });

export const qosRules: readonly ResourceType[] = [
  rule(
    'bandwidth_limit_rule',
    'OS::Neutron::QoSBandwidthLimitRule',
    '6.0.0',
    'Limits the bandwidth of ports.',
    {
      max_kbps: integer('The limit, in kbit/s.', { ...REQUIRED, ...UPDATABLE, ...between(0) }),
      max_burst_kbps: integer('How much may burst, in kbit.', {
        default: 0,
        ...UPDATABLE,
        ...between(0),
      }),
      direction: { ...direction(), ...since('13.0.0') },
    },
  ),
  rule('dscp_marking_rule', 'OS::Neutron::QoSDscpMarkingRule', '7.0.0', 'Marks what ports send.', {
    dscp_mark: integer('The DSCP value.', {
      ...REQUIRED,
      ...UPDATABLE,
      ...oneOf(0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 46, 48, 56),
    }),
  }),
  rule(
    'minimum_bandwidth_rule',
    'OS::Neutron::QoSMinimumBandwidthRule',
    '14.0.0',
    'Sets bandwidth aside for ports: servers are placed where it is left.',
    {
      min_kbps: integer('The bandwidth, in kbit/s.', { ...REQUIRED, ...UPDATABLE, ...between(0) }),
      direction: direction(),
    },
  ),
  rule(
    'minimum_packet_rate_rule',
    'OS::Neutron::QoSMinimumPacketRateRule',
    '19.0.0',
    'Sets a rate of packets aside for ports.',
    {
      min_kpps: integer('The rate, in 1000 packets a second.', {
        ...REQUIRED,
        ...UPDATABLE,
        ...between(0),
      }),
      direction: direction('any'),
    },
  ),
];
