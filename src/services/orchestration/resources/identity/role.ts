import { named, since, text, UPDATABLE } from '../shapes.ts';
import { keystoneType } from './keystone.ts';

export const role = keystoneType({
  name: 'OS::Keystone::Role',
  description: 'A role.',
  support: { version: '2015.1' },
  collection: 'roles',
  member: 'role',
  renamed: { domain: 'domain_id' },
  properties: {
    name: text('What the role is called.', UPDATABLE),
    domain: named('keystone.domain', 'The domain that it is for.', since('16.0.0')),
  },
  attributes: {},
});
