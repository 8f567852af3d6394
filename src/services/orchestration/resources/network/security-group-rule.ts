import { invalid } from '../requests.ts';
import { between, format, integer, named, oneOf, REQUIRED, text } from '../shapes.ts';
import { neutronType } from './neutron.ts';

/** Names of protocols that rules know, and all numbers. */
const PROTOCOLS = [
  ...Array.from({ length: 256 }, (_, number) => number),
  ...'ah dccp egp esp gre icmp icmpv6 igmp ipv6-encap ipv6-frag ipv6-icmp ipv6-nonxt ipv6-opts'.split(
    ' ',
  ),
  ...'ipv6-route ospf pgm rsvp sctp tcp udp udplite vrrp'.split(' '),
];

export const securityGroupRule = neutronType({
  name: 'OS::Neutron::SecurityGroupRule',
  description: 'One rule of a security group.',
  support: { version: '7.0.0' },
  collection: 'security-group-rules',
  member: 'security_group_rule',
  renamed: { security_group: 'security_group_id', remote_group: 'remote_group_id' },
  properties: {
    security_group: named('neutron.security_group', 'The group.', REQUIRED),
    description: text('A description.'),
    direction: text("Seen from the port's device.", {
      default: 'ingress',
      ...oneOf('ingress', 'egress'),
    }),
    ethertype: text('The family of addresses.', { default: 'IPv4', ...oneOf('IPv4', 'IPv6') }),
    port_range_min: integer("The first port, or ICMP's type.", between(0, 65535)),
    port_range_max: integer("The last port, or ICMP's code.", between(0, 65535)),
    protocol: text('The protocol, by name or number.', { default: 'tcp', ...oneOf(...PROTOCOLS) }),
    remote_group: named('neutron.security_group', 'The members of this group.'),
    remote_ip_prefix: text('This CIDR.', format('net_cidr')),
  },
  attributes: {},
  validate(properties) {
    const { remote_group: group, remote_ip_prefix: prefix, protocol } = properties;
    if (group && prefix) throw invalid('Give either remote_group or remote_ip_prefix, not both.');
    const { port_range_min: min, port_range_max: max } = properties;
    const isIcmp = ['icmp', 'icmpv6', 'ipv6-icmp'].includes(String(protocol));
    if (typeof min === 'number' && typeof max === 'number' && !isIcmp && max < min)
      throw invalid(`port_range_min (${min}) is greater than port_range_max (${max}).`);
  },
});
