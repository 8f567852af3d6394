import { sql, type RawBuilder } from 'kysely';
import type { Caller } from '../../identity/caller.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { booleanOf } from '../attributes/types.ts';

/** What a policy allows: to use an object, or (a network) to reach the outside through it. */
export type RbacAction = 'access_as_shared' | 'access_as_external';

const projectOf = (caller: Caller): string => caller.projectId ?? '';

/**
 * Condition: the object was given to the project, or to all of them. PostgreSQL reads the project's policies once
 * for a list, however long that is.
 */
export const sharedWith = (
  id: RawBuilder<unknown>,
  projectId: string,
  action?: RbacAction,
): RawBuilder<boolean> =>
  sql<boolean>`${id} in (select object_id from network.rbac_policies
    where target_project in ('*', ${projectId})${action === undefined ? sql`` : sql` and action = ${action}`})`;

/** Condition for the rows that are the caller's project's or shared with it; the row's alias is `o`. */
export const ownedOrShared = (caller: Caller): RawBuilder<boolean> =>
  sql<boolean>`(o.project_id = ${projectOf(caller)} or ${sharedWith(sql`o.id`, projectOf(caller))})`;

/** Column with whom the object is shared, for `sharedView`. */
export const sharedWithColumn = sql`array(select r.target_project from network.rbac_policies r
  where r.object_id = o.id and r.action = 'access_as_shared') as shared_with`;

/** A row that was read with `sharedWithColumn`. */
export interface SharedRow {
  /** Projects, or * for all. */
  readonly shared_with?: readonly string[];
}

/** Attribute `shared`: whether the object is shared with the project of who asks. */
export const sharedView = (row: SharedRow, caller: Caller): { shared: boolean } => ({
  shared: row.shared_with?.some((target) => target === '*' || target === caller.projectId) ?? false,
});

/** Filter by `shared`, as `sharedView` shows it. */
export const sharedFilter: NonNullable<Attribute['filter']> = (values, caller) => {
  const wanted = new Set(values.map(booleanOf));
  const shared = sharedWith(sql`o.id`, projectOf(caller), 'access_as_shared');
  if (wanted.has(true) && wanted.has(false)) return sql<boolean>`true`;
  if (wanted.has(true)) return shared;
  return wanted.has(false) ? sql<boolean>`not ${shared}` : sql<boolean>`false`;
};

/** Column with who may do what with a network, `n`. */
export const grantsColumn = sql`array(select r.action || ' ' || r.target_project
  from network.rbac_policies r where r.object_id = n.id) as grants`;

/** A network as it was read with `grantsColumn`. */
export interface GrantedNetwork {
  readonly project_id: string;
  /** `access_as_shared <project's id or *>`, … */
  readonly grants: readonly string[];
}

export const isGranted = (
  { grants }: GrantedNetwork,
  action: RbacAction,
  caller: Caller,
): boolean => grants.includes(`${action} *`) || grants.includes(`${action} ${projectOf(caller)}`);

/** The caller's project has the network, or administrators everything. */
export const ownsNetwork = (network: GrantedNetwork, caller: Caller): boolean =>
  caller.isAdmin || network.project_id === caller.projectId;

/** Whether the caller may know of the network. */
export const seesNetwork = (network: GrantedNetwork, caller: Caller): boolean =>
  ownsNetwork(network, caller) ||
  isGranted(network, 'access_as_shared', caller) ||
  isGranted(network, 'access_as_external', caller);
