import { isIP } from 'node:net';
import { conflict } from '../../../../core/errors.ts';
import { invalid, isUpdate, textIn } from '../requests.ts';
import {
  between,
  format,
  gives,
  integer,
  list,
  map,
  named,
  oneOf,
  REQUIRED,
  since,
  tags,
  text,
  UPDATABLE,
  valueSpecs,
  yesNo,
} from '../shapes.ts';
import { neutronType } from './neutron.ts';

const IPV6_MODES = oneOf('dhcpv6-stateful', 'dhcpv6-stateless', 'slaac');

export const subnet = neutronType({
  name: 'OS::Neutron::Subnet',
  description: 'A range of addresses on a network, with what DHCP tells the ports in it.',
  collection: 'subnets',
  member: 'subnet',
  renamed: { network: 'network_id', subnetpool: 'subnetpool_id', segment: 'segment_id' },
  properties: {
    network: named('neutron.network', 'The network that it is on.', {
      ...REQUIRED,
      formerly: ['network_id'],
      ...since('2014.2'),
    }),
    subnetpool: named('neutron.subnetpool', 'The pool that gives the CIDR.', since('6.0.0')),
    prefixlen: integer('How long the prefix from the pool shall be.', {
      ...between(0),
      ...since('6.0.0'),
    }),
    cidr: text('The range, such as 10.0.0.0/24.', format('net_cidr')),
    value_specs: valueSpecs(UPDATABLE),
    name: text('What the subnet is called.', UPDATABLE),
    ip_version: integer('4 or 6.', { default: 4, ...oneOf(4, 6) }),
    dns_nameservers: list('Addresses of DNS servers.', { default: [], ...UPDATABLE }),
    gateway_ip: text(
      "The gateway's address; the first of the range without it, none at all with an empty text.",
      UPDATABLE,
    ),
    enable_dhcp: yesNo('Whether DHCP serves it.', { default: true, ...UPDATABLE }),
    allocation_pools: list('The parts of the range that ports get addresses from.', {
      ...UPDATABLE,
      items: map('From one address to another.', {
        members: {
          start: text('The first address.', { ...REQUIRED, ...format('ip_addr') }),
          end: text('The last address.', { ...REQUIRED, ...format('ip_addr') }),
        },
      }),
    }),
    tenant_id: text('The project that shall own it; only administrators may name another one.'),
    host_routes: list('Routes that DHCP tells the ports.', {
      ...UPDATABLE,
      items: map('A route.', {
        members: {
          destination: text('The CIDR that it leads to.', { ...REQUIRED, ...format('net_cidr') }),
          nexthop: text('The address that it leads over.', { ...REQUIRED, ...format('ip_addr') }),
        },
      }),
    }),
    ipv6_ra_mode: text('How routers advertise it.', { ...IPV6_MODES, ...since('2015.1') }),
    ipv6_address_mode: text('How ports get their addresses.', {
      ...IPV6_MODES,
      ...since('2015.1'),
    }),
    segment: named('neutron.segment', 'The segment of the network that it belongs to.', {
      ...UPDATABLE,
      ...since('11.0.0'),
    }),
    tags: tags('9.0.0'),
  },
  attributes: {
    name: gives.text('The name.'),
    network_id: gives.text('The id of its network.'),
    tenant_id: gives.text('The project that owns it.'),
    allocation_pools: gives.list('The parts of the range that ports get addresses from.'),
    gateway_ip: gives.text("The gateway's address."),
    host_routes: gives.list('Routes that DHCP tells the ports.'),
    ip_version: gives.text('4 or 6.'),
    cidr: gives.text('The range.'),
    dns_nameservers: gives.list('Addresses of DNS servers.'),
    enable_dhcp: gives.text('Whether DHCP serves it.'),
  },
  validate(properties) {
    const { cidr, subnetpool, prefixlen, ip_version: version } = properties;
    const { ipv6_ra_mode: mode, ipv6_address_mode: addressMode } = properties;
    if (subnetpool && cidr) throw invalid('Give either subnetpool or cidr, not both.');
    if (subnetpool === undefined && cidr === undefined)
      throw invalid('A subnet needs a cidr or a subnetpool.');
    if (prefixlen && cidr)
      throw invalid('prefixlen is for subnets from a subnetpool, not for a cidr.');
    if (version === 4 && (mode || addressMode))
      throw invalid('ipv6_ra_mode and ipv6_address_mode are for subnets of IPv6.');
    if (mode && addressMode && mode !== addressMode)
      throw invalid('ipv6_ra_mode and ipv6_address_mode must be the same when both are given.');
    const gateway = textIn(properties, 'gateway_ip');
    if (gateway !== undefined && gateway !== '~' && !isIP(gateway))
      throw invalid(`The gateway_ip "${gateway}" is no IP address.`);
  },
  body(body, step) {
    if (body['gateway_ip'] === '') body['gateway_ip'] = null;
    if (!isUpdate(step)) return;
    if ('allocation_pools' in body) body['allocation_pools'] ??= [];
    if (body['segment_id'] && step.former['segment'])
      throw conflict('A subnet cannot leave its segment for another one.', 'NotSupported');
  },
});
