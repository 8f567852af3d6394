import type { ResourceType } from '../type.ts';
import { groupRoleAssignment, userRoleAssignment } from './assignments.ts';
import { endpoint, region, service } from './catalog.ts';
import { domain } from './domain.ts';
import { group } from './group.ts';
import { project } from './project.ts';
import { role } from './role.ts';
import { user } from './user.ts';

/** What the identity service has. */
export const identityTypes: readonly ResourceType[] = [
  project,
  user,
  group,
  role,
  domain,
  service,
  endpoint,
  region,
  userRoleAssignment,
  groupRoleAssignment,
];
