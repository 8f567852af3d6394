import type { Assignment } from './model.ts';

const named = (
  withNames: boolean,
  id: string,
  name: string | null,
  domainId: string | null,
  domainName: string | null,
) =>
  withNames
    ? { id, name, ...(domainId === null ? {} : { domain: { id: domainId, name: domainName } }) }
    : { id };

/** A role assignment as Keystone lists it: in terms of ids, or with names for people. */
export function assignmentView(row: Assignment, serviceUrl: string, withNames: boolean) {
  const { user_id: user, group_id: group, project_id: target, inherited_from_id: origin } = row;
  const inherited = row.inherited || origin !== null;
  return {
    role: named(withNames, row.role_id, row.role_name, null, null),
    ...(user === null
      ? {}
      : { user: named(withNames, user, row.user_name, row.user_domain_id, row.user_domain_name) }),
    ...(group === null
      ? {}
      : {
          group: named(
            withNames,
            group,
            row.group_name,
            row.group_domain_id,
            row.group_domain_name,
          ),
        }),
    scope:
      target === null
        ? { system: { all: true } }
        : {
            [row.is_domain ? 'domain' : 'project']: named(
              withNames,
              target,
              row.project_name,
              row.project_domain_id,
              row.project_domain_name,
            ),
            ...(inherited ? { 'OS-INHERIT:inherited_to': 'projects' } : {}),
          },
    links: linksOf(row, serviceUrl),
  };
}

/** Where the assignment was made, and the membership through which a user has it. */
function linksOf(row: Assignment, serviceUrl: string) {
  const group = row.through_group_id ?? row.group_id;
  const actor = group === null ? `users/${row.user_id}` : `groups/${group}`;
  const made = row.inherited_from_id ?? row.project_id;
  const inherited = row.inherited || row.inherited_from_id !== null;
  const kind = row.is_domain || made === row.project_domain_id ? 'domains' : 'projects';
  const path =
    made === null
      ? `system/${actor}/roles/${row.role_id}`
      : inherited
        ? `OS-INHERIT/${kind}/${made}/${actor}/roles/${row.role_id}/inherited_to_projects`
        : `${kind}/${made}/${actor}/roles/${row.role_id}`;
  return {
    assignment: `${serviceUrl}/v3/${path}`,
    ...(row.through_group_id === null
      ? {}
      : { membership: `${serviceUrl}/v3/groups/${row.through_group_id}/users/${row.user_id}` }),
  };
}
