import { Fault } from '../../../../core/errors.ts';
import type { Properties } from '../property.ts';
import {
  between,
  format,
  integer,
  list,
  map,
  named,
  oneOf,
  REQUIRED,
  text,
  UPDATABLE,
} from '../shapes.ts';
import type { ResourceType } from '../type.ts';

const SENTENCE = 'There is no service chaining here yet: leave this resource out.';

/** A name that is reserved: templates with it are understood, and refused with a sentence. */
const reserved = (
  name: string,
  version: string,
  description: string,
  properties: Properties,
): ResourceType => ({
  name,
  description,
  support: { status: 'UNSUPPORTED', version, message: SENTENCE },
  properties: {
    name: text('What it is called.', UPDATABLE),
    description: text('A description.', UPDATABLE),
    ...properties,
  },
  attributes: {},
  validate() {
    throw new Fault('badRequest', `${name}: ${SENTENCE}`, { type: 'StackResourceUnavailable' });
  },
  async create() {
    throw new Fault('badRequest', `${name}: ${SENTENCE}`, { type: 'StackResourceUnavailable' });
  },
});

const tcpPort = (what: string) => integer(what, between(1, 65535));

export const serviceChaining: readonly ResourceType[] = [
  reserved('OS::Neutron::PortPair', '7.0.0', 'The two ports of one service function.', {
    ingress: named('neutron.port', 'Where packets go in.', REQUIRED),
    egress: named('neutron.port', 'Where they come out.', REQUIRED),
    service_function_parameters: map('How the function wants its packets.', {
      default: { correlation: null },
    }),
  }),
  reserved('OS::Neutron::PortPairGroup', '8.0.0', 'Service functions that share the load.', {
    port_pairs: list('The pairs of ports.', {
      ...REQUIRED,
      ...UPDATABLE,
      items: named('neutron.port_pair', 'A pair.'),
    }),
  }),
  reserved('OS::Neutron::FlowClassifier', '8.0.0', 'Which packets go through a chain.', {
    protocol: text('The protocol.', oneOf('tcp', 'udp', 'icmp')),
    ethertype: text('The family of addresses.', { default: 'IPv4', ...oneOf('IPv4', 'IPv6') }),
    source_ip_prefix: text('From this CIDR.', format('net_cidr')),
    destination_ip_prefix: text('To this CIDR.', format('net_cidr')),
    source_port_range_min: tcpPort('From this port on.'),
    source_port_range_max: tcpPort('From ports up to this one.'),
    destination_port_range_min: tcpPort('To this port on.'),
    destination_port_range_max: tcpPort('To ports up to this one.'),
    logical_source_port: named('neutron.port', 'From this port of a network.'),
    logical_destination_port: named('neutron.port', 'To this port of a network.'),
    l7_parameters: map('Parameters of the application layer.', {
      support: { status: 'UNSUPPORTED' },
    }),
  }),
  reserved('OS::Neutron::PortChain', '8.0.0', 'The order of service functions for some packets.', {
    port_pair_groups: list('The groups, in order.', {
      ...REQUIRED,
      ...UPDATABLE,
      items: named('neutron.port_pair_group', 'A group.'),
    }),
    flow_classifiers: list('Which packets.', {
      default: [],
      ...UPDATABLE,
      items: named('neutron.flow_classifier', 'A classifier.'),
    }),
    chain_parameters: map('Parameters of the chain.', { default: { correlation: 'mpls' } }),
  }),
];
