import { textIn } from '../requests.ts';
import { between, format, integer, named, oneOf, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import { neutronType } from './neutron.ts';
import { interfacesBefore, written } from './siblings.ts';

export const floatingIpPortForward = neutronType({
  name: 'OS::Neutron::FloatingIPPortForward',
  description: 'Passes one port of a floating IP on to a port of a server.',
  support: { version: '19.0.0' },
  collection: ({ properties }) =>
    `floatingips/${encodeURIComponent(textIn(properties, 'floating_ip') ?? '')}/port_forwardings`,
  member: 'port_forwarding',
  renamed: { internal_port: 'internal_port_id', internal_port_number: 'internal_port' },
  apart: ['floating_ip'],
  properties: {
    internal_ip_address: text("The port's address.", {
      ...REQUIRED,
      ...UPDATABLE,
      ...format('ip_addr'),
    }),
    internal_port_number: integer('The TCP or UDP port there.', {
      ...UPDATABLE,
      ...between(1, 65535),
    }),
    external_port: integer('The TCP or UDP port of the floating IP.', {
      ...REQUIRED,
      ...UPDATABLE,
      ...between(1, 65535),
    }),
    internal_port: named('neutron.port', 'The port.', { ...REQUIRED, ...UPDATABLE }),
    protocol: text('The protocol.', {
      ...REQUIRED,
      ...UPDATABLE,
      ...oneOf('tcp', 'udp', 'icmp', 'icmp6', 'sctp', 'dccp'),
    }),
    floating_ip: named('neutron.floating_ip', 'The floating IP: its address or id.', REQUIRED),
  },
  attributes: {},
  needs: (own, others) => interfacesBefore(written(own, 'internal_port'), others),
});
