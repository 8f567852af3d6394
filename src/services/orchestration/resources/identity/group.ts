import { idOf } from '../requests.ts';
import { named, text, UPDATABLE } from '../shapes.ts';
import { checkRoles, grant, regrant, rolesProperty } from './assignments.ts';
import { keystoneType } from './keystone.ts';

export const group = keystoneType({
  name: 'OS::Keystone::Group',
  description: 'A group of users, with roles.',
  support: { version: '2015.1' },
  collection: 'groups',
  member: 'group',
  renamed: { domain: 'domain_id' },
  apart: ['roles'],
  properties: {
    name: text('What the group is called.', UPDATABLE),
    domain: named('keystone.domain', 'The domain.', { default: 'default', ...UPDATABLE }),
    description: text('A description.', { default: '', ...UPDATABLE }),
    ...rolesProperty,
  },
  attributes: {},
  validate: checkRoles,
  made: (step, id) => grant(step, 'groups', id),
  async changed(step) {
    if (step.changed.has('roles')) await regrant(step, 'groups', idOf(step));
  },
});
