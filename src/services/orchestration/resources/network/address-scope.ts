import { integer, named, oneOf, text, UPDATABLE, yesNo } from '../shapes.ts';
import { neutronType } from './neutron.ts';

export const addressScope = neutronType({
  name: 'OS::Neutron::AddressScope',
  description:
    'A scope of addresses: pools in it do not overlap, and are routed without translation.',
  support: { version: '6.0.0' },
  collection: 'address-scopes',
  member: 'address_scope',
  properties: {
    name: text('What the scope is called.', UPDATABLE),
    shared: yesNo('Whether all projects may use it; for administrators.', {
      default: false,
      ...UPDATABLE,
    }),
    tenant_id: named('keystone.project', 'The project that shall own it.'),
    ip_version: integer('4 or 6.', { default: 4, ...oneOf(4, 6) }),
  },
  attributes: {},
});
