import { idOf, isFault, textsIn } from '../requests.ts';
import { gives, list, named, since, text, UPDATABLE, yesNo } from '../shapes.ts';
import type { Step } from '../type.ts';
import { checkRoles, grant, regrant, rolesProperty } from './assignments.ts';
import { keystoneType } from './keystone.ts';

const memberPath = (group: string, user: string): string =>
  `/v3/groups/${encodeURIComponent(group)}/users/${encodeURIComponent(user)}`;

async function join(step: Step, user: string, groups: readonly string[]): Promise<void> {
  for (const group of groups) await step.cloud.request('identity', 'PUT', memberPath(group, user));
}

async function leave(step: Step, user: string, groups: readonly string[]): Promise<void> {
  for (const group of groups) {
    try {
      await step.cloud.request('identity', 'DELETE', memberPath(group, user));
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
  }
}

export const user = keystoneType({
  name: 'OS::Keystone::User',
  description: 'A user, with groups and roles.',
  support: { version: '2015.1' },
  collection: 'users',
  member: 'user',
  renamed: { domain: 'domain_id', default_project: 'default_project_id' },
  apart: ['groups', 'roles'],
  properties: {
    name: text('What the user is called.', UPDATABLE),
    domain: named('keystone.domain', 'The domain.', { default: 'default', ...UPDATABLE }),
    description: text('A description.', { default: '', ...UPDATABLE }),
    enabled: yesNo('Whether the user may log in.', { default: true, ...UPDATABLE }),
    email: text('An e-mail address.', UPDATABLE),
    password: text('The password.', UPDATABLE),
    default_project: named('keystone.project', 'The project when none is named.', UPDATABLE),
    groups: list('Groups that the user is in.', {
      ...UPDATABLE,
      items: named('keystone.group', 'A group.'),
    }),
    ...rolesProperty,
  },
  attributes: {
    name: gives.text('The name.', since('9.0.0')),
    default_project_id: gives.text('The id of the project when none is named.', since('9.0.0')),
    domain_id: gives.text('The id of the domain.', since('9.0.0')),
    enabled: gives.yesNo('Whether the user may log in.', since('9.0.0')),
    password_expires_at: gives.text('When the password expires.', since('9.0.0')),
  },
  validate: checkRoles,
  async made(step, id) {
    await join(step, id, textsIn(step.properties, 'groups'));
    await grant(step, 'users', id);
  },
  async changed(step) {
    const [before, after] = [textsIn(step.former, 'groups'), textsIn(step.properties, 'groups')];
    await join(
      step,
      idOf(step),
      after.filter((one) => !before.includes(one)),
    );
    await leave(
      step,
      idOf(step),
      before.filter((one) => !after.includes(one)),
    );
    if (step.changed.has('roles')) await regrant(step, 'users', idOf(step));
  },
});
