import { named, oneOf, pattern, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import { neutronType } from './neutron.ts';

const names = {
  name: text('What it is called.', { default: '', ...UPDATABLE }),
  description: text('A description.', { default: '', ...UPDATABLE }),
};

export const tapService = neutronType({
  name: 'OS::Neutron::TaaS::TapService',
  description: 'Where copies of traffic go to: the port of a server that looks at them.',
  support: { version: '12.0.0' },
  collection: 'taas/tap_services',
  member: 'tap_service',
  renamed: { port: 'port_id' },
  properties: { ...names, port: named('neutron.port', 'The port that gets the copies.', REQUIRED) },
  attributes: {},
});

export const tapFlow = neutronType({
  name: 'OS::Neutron::TaaS::TapFlow',
  description: "Copies a port's traffic to a tap service.",
  support: { version: '12.0.0' },
  collection: 'taas/tap_flows',
  member: 'tap_flow',
  renamed: { port: 'source_port', tap_service: 'tap_service_id' },
  properties: {
    ...names,
    port: named('neutron.port', 'The port whose traffic is copied.', REQUIRED),
    tap_service: named('neutron.taas.tap_service', 'The tap service.', REQUIRED),
    direction: text('Which traffic is copied.', { default: 'BOTH', ...oneOf('IN', 'OUT', 'BOTH') }),
    vlan_filter: text('Only these VLANs, such as 5,10-20.', {
      ...pattern('^([0-9]+(-[0-9]+)?)(,([0-9]+(-[0-9]+)?))*$'),
    }),
  },
  attributes: {},
});
