import type { ValueMap } from '../../language/index.ts';
import type { Properties } from '../property.ts';
import {
  checkThing,
  invalid,
  isFault,
  lacking,
  mapsIn,
  textIn,
  withoutNulls,
} from '../requests.ts';
import { list, map, named, REQUIRED, UPDATABLE } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';

/** The property `roles`, which users, groups and assignments have. */
export const rolesProperty: Properties = {
  roles: list('Roles, each in a project or a domain.', {
    ...UPDATABLE,
    items: map('A role and where it holds.', {
      members: {
        role: named('keystone.role', 'The role.', REQUIRED),
        project: named('keystone.project', 'The project.'),
        domain: named('keystone.domain', 'The domain.'),
      },
    }),
  }),
};

/** Each role holds in one project or one domain. */
export function checkRoles(properties: ValueMap): void {
  for (const one of mapsIn(properties, 'roles')) {
    const { project, domain } = one;
    if (project && domain) throw invalid('Give either project or domain for a role, not both.');
    if (project === undefined && domain === undefined)
      throw invalid(`The role ${String(one['role'])} needs a project or a domain.`);
  }
}

/** Of whom: `users` or `groups`. */
export type Holders = 'users' | 'groups';

function pathOf(holders: Holders, holder: string, one: ValueMap): string {
  const project = textIn(one, 'project');
  const scope =
    project === undefined
      ? `domains/${encodeURIComponent(textIn(one, 'domain') ?? '')}`
      : `projects/${encodeURIComponent(project)}`;
  return `/v3/${scope}/${holders}/${encodeURIComponent(holder)}/roles/${encodeURIComponent(textIn(one, 'role') ?? '')}`;
}

const rolesIn = (properties: ValueMap): readonly ValueMap[] =>
  mapsIn(properties, 'roles').map((one) => withoutNulls(one) as ValueMap);

async function ask(
  step: Step,
  method: 'PUT' | 'DELETE',
  holders: Holders,
  holder: string,
  roles: readonly ValueMap[],
): Promise<void> {
  for (const one of roles) {
    try {
      await step.cloud.request('identity', method, pathOf(holders, holder, one));
    } catch (error) {
      if (method === 'PUT' || !isFault(error, 'notFound')) throw error;
    }
  }
}

export const grant = (step: Step, holders: Holders, holder: string): Promise<void> =>
  ask(step, 'PUT', holders, holder, rolesIn(step.properties));
export const revoke = (
  step: Step,
  holders: Holders,
  holder: string,
  properties = step.properties,
): Promise<void> => ask(step, 'DELETE', holders, holder, rolesIn(properties));

/** Gives and takes away what differs. */
export async function regrant(
  step: Step & { readonly former: ValueMap },
  holders: Holders,
  holder: string,
): Promise<void> {
  const [before, after] = [rolesIn(step.former), rolesIn(step.properties)];
  await ask(step, 'PUT', holders, holder, lacking(after, before));
  await ask(step, 'DELETE', holders, holder, lacking(before, after));
}

const assignment = (name: string, kind: 'user' | 'group'): ResourceType => {
  const holders: Holders = `${kind}s`;
  const holderOf = (properties: ValueMap): string => textIn(properties, kind) ?? '';
  return {
    name,
    description: `Gives a ${kind} roles in projects and domains.`,
    support: { version: '5.0.0' },
    properties: {
      [kind]: named(`keystone.${kind}`, `The ${kind}.`, { ...REQUIRED, ...UPDATABLE }),
      ...rolesProperty,
    },
    attributes: {},
    validate: checkRoles,
    async create(step) {
      await grant(step, holders, holderOf(step.properties));
      await step.save({ physicalId: step.uuid });
    },
    async update(step) {
      if (!step.changed.has(kind)) return regrant(step, holders, holderOf(step.properties));
      await grant(step, holders, holderOf(step.properties));
      await revoke(step, holders, holderOf(step.former), step.former);
    },
    delete: (step) => revoke(step, holders, holderOf(step.properties)),
    check: (step) =>
      checkThing(step, 'assignment', async () => {
        for (const one of rolesIn(step.properties)) {
          try {
            await step.cloud.request(
              'identity',
              'GET',
              pathOf(holders, holderOf(step.properties), one),
            );
          } catch (error) {
            if (isFault(error, 'notFound')) return undefined;
            // Identity has a HEAD there, and GET for lists only in some scopes.
            if (!isFault(error, 'methodNotAllowed')) throw error;
          }
        }
        return {};
      }),
  };
};

export const userRoleAssignment = assignment('OS::Keystone::UserRoleAssignment', 'user');
export const groupRoleAssignment = assignment('OS::Keystone::GroupRoleAssignment', 'group');
