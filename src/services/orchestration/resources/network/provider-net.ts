import { invalid } from '../requests.ts';
import {
  format,
  gives,
  list,
  oneOf,
  REQUIRED,
  since,
  tags,
  text,
  UPDATABLE,
  yesNo,
} from '../shapes.ts';
import { neutronType } from './neutron.ts';

export const NETWORK_TYPES = ['local', 'vlan', 'vxlan', 'gre', 'geneve', 'flat'] as const;

export const providerNet = neutronType({
  name: 'OS::Neutron::ProviderNet',
  description: 'A network on a given physical network, for administrators.',
  support: { version: '2014.1' },
  collection: 'networks',
  member: 'network',
  renamed: {
    network_type: 'provider:network_type',
    physical_network: 'provider:physical_network',
    segmentation_id: 'provider:segmentation_id',
    router_external: 'router:external',
  },
  properties: {
    name: text('What the network is called; need not be unique.', UPDATABLE),
    network_type: text('How it is carried on the wire.', {
      ...REQUIRED,
      ...UPDATABLE,
      ...oneOf(...NETWORK_TYPES),
    }),
    physical_network: text('The physical network, by the name that the hosts map.', UPDATABLE),
    segmentation_id: text('The VLAN.', UPDATABLE),
    admin_state_up: yesNo('Whether traffic passes.', { default: true, ...UPDATABLE }),
    shared: yesNo('Whether all projects may use it.', { default: true, ...UPDATABLE }),
    port_security_enabled: yesNo('Whether ports start with address checks and security groups.', {
      ...UPDATABLE,
      ...since('8.0.0'),
    }),
    router_external: yesNo('Whether routers may have their gateway in it.', {
      default: false,
      ...UPDATABLE,
      ...since('6.0.0'),
    }),
    tags: tags('12.0.0'),
    dns_domain: text('The DNS zone of its ports, with a dot at the end.', {
      ...UPDATABLE,
      ...format('dns_domain'),
      ...since('15.0.0'),
    }),
    availability_zone_hints: list('The availability zones that shall serve it.', {
      ...UPDATABLE,
      ...since('19.0.0'),
    }),
  },
  attributes: {
    status: gives.text('ACTIVE, DOWN, BUILD or ERROR.'),
    subnets: gives.list('The ids of its subnets.'),
    segments: gives.list('Its segments.', since('16.0.0')),
  },
  validate(properties) {
    const { network_type: type, segmentation_id: segmentation } = properties;
    if (segmentation && type !== null && type !== undefined && type !== 'vlan')
      throw invalid('segmentation_id is for networks of type vlan only.');
  },
});
