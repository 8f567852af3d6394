import { named, oneOf, REQUIRED, since, text, UPDATABLE, yesNo } from '../shapes.ts';
import { keystoneType } from './keystone.ts';

export const service = keystoneType({
  name: 'OS::Keystone::Service',
  description: 'A service in the catalog.',
  support: { version: '5.0.0' },
  collection: 'services',
  member: 'service',
  properties: {
    name: text('What the service is called.', UPDATABLE),
    description: text('A description.', UPDATABLE),
    type: text('What it does: compute, network.', { ...REQUIRED, ...UPDATABLE }),
    enabled: yesNo('Whether the catalog shows it.', {
      default: true,
      ...UPDATABLE,
      ...since('6.0.0'),
    }),
  },
  attributes: {},
});

export const endpoint = keystoneType({
  name: 'OS::Keystone::Endpoint',
  description: 'An address of a service in the catalog.',
  support: { version: '5.0.0' },
  collection: 'endpoints',
  member: 'endpoint',
  renamed: { region: 'region_id', service: 'service_id' },
  properties: {
    name: text('What the endpoint is called.', UPDATABLE),
    region: named('keystone.region', 'The region.', UPDATABLE),
    service: named('keystone.service', 'The service.', { ...REQUIRED, ...UPDATABLE }),
    interface: text('For whom it is.', {
      ...REQUIRED,
      ...UPDATABLE,
      ...oneOf('public', 'internal', 'admin'),
    }),
    url: text('The address.', { ...REQUIRED, ...UPDATABLE }),
    enabled: yesNo('Whether the catalog shows it.', {
      default: true,
      ...UPDATABLE,
      ...since('6.0.0'),
    }),
  },
  attributes: {},
});

export const region = keystoneType({
  name: 'OS::Keystone::Region',
  description: 'A region of the catalog.',
  support: { version: '6.0.0' },
  collection: 'regions',
  member: 'region',
  renamed: { parent_region: 'parent_region_id' },
  idProperty: 'id',
  properties: {
    id: text('Its id; a new one without it.'),
    parent_region: named('keystone.region', 'The region above it.', UPDATABLE),
    description: text('A description.', UPDATABLE),
    enabled: yesNo('Whether it is in use.', { default: true, ...UPDATABLE }),
  },
  attributes: {},
});
