import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { badRequest, conflict } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import { find } from '../collections/noun.ts';
import type { Rules } from '../collections/operations.ts';
import { invalidInput, policyNotAuthorized } from '../errors.ts';
import { reserve } from '../quotas/reserve.ts';
import type { RbacAction } from './access.ts';
import type { RbacPolicyRow } from './noun.ts';
import { SHAREABLE, type RbacObjectType, type Shareable } from './objects.ts';

/** What a request says about a policy. */
interface RbacValues {
  readonly project_id: string;
  readonly object_type: string;
  readonly object_id: string;
  readonly target_tenant: string;
  readonly action: string;
}

/** The object of a policy as far as it matters here. */
interface SharedObject {
  readonly project_id: string;
  /** Of networks. */
  readonly is_default?: boolean;
  readonly external?: boolean;
  readonly subnets?: readonly string[];
  /** Of subnet pools. */
  readonly address_scope_id?: string | null;
}

const duplicate = () =>
  conflict('An RBAC policy already exists with those values.', 'DuplicateRbacPolicy');

/** Sharing with every project is for administrators. */
function checkTarget(caller: Caller, action: string, target: string): void {
  if (caller.isAdmin || target !== '*') return;
  throw policyNotAuthorized(
    `${action}:target_tenant is disallowed by policy: only administrators may share with every project.`,
  );
}

function typeOf(text: string): RbacObjectType {
  const type = text.trim().toLowerCase();
  if (Object.hasOwn(SHAREABLE, type)) return type as RbacObjectType;
  throw invalidInput(
    `'${text.slice(0, 100)}' is not a valid RBAC object type: there are ${Object.keys(SHAREABLE).join(', ')}.`,
  );
}

function actionOf(text: string, type: RbacObjectType): RbacAction {
  const { users } = SHAREABLE[type];
  if (Object.hasOwn(users, text)) return text as RbacAction;
  throw badRequest(
    `Invalid action '${text.slice(0, 100)}' for object type '${type}'. Valid actions: ${Object.keys(users).join(', ')}.`,
    'InvalidActionForType',
  );
}

/** The object, which must be the caller's; it cannot be put to use while the transaction lasts. */
async function ownObject(
  change: Change,
  caller: Caller,
  { noun }: Shareable,
  id: string,
): Promise<SharedObject> {
  await sql`select 1 from ${sql.table(noun.table)} where id = ${id} for update`.execute(
    change.transaction,
  );
  const object: SharedObject = await find(change.transaction, noun, caller, id);
  if (!caller.isAdmin && object.project_id !== caller.projectId) {
    throw invalidInput('Only admins can manipulate policies on objects they do not own.');
  }
  return object;
}

/** Sharing is a change of the object; a network that becomes external, or no longer is, has other rows. */
async function reviseObject(
  change: Change,
  type: RbacObjectType,
  id: string,
  { subnets = [] }: SharedObject,
) {
  if (type !== 'network') return;
  await sql`update network.networks set revision_number = revision_number + 1, updated_at = now()
    where id = ${id}`.execute(change.transaction);
  change.touch(`network:${id}`, ...subnets.map((subnet) => `subnet:${subnet}`));
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as RbacValues;
  const type = typeOf(values.object_type);
  const action = actionOf(values.action, type);
  checkTarget(caller, 'create_rbac_policy', values.target_tenant);
  const object = await ownObject(change, caller, SHAREABLE[type], values.object_id);
  if (type === 'subnetpool')
    await checkScope(change, object, values.target_tenant, values.object_id);
  await reserve(change, 'rbac_policy', values.project_id);
  const id = idOf(values);
  await change.transaction
    .insertInto('network.rbac_policies')
    .values({
      id,
      project_id: values.project_id,
      object_type: type,
      object_id: values.object_id,
      target_project: values.target_tenant,
      action,
    })
    .execute()
    .catch((error: unknown) => {
      throw violatedConstraint(error) === 'rbac_policies_same' ? duplicate() : error;
    });
  await reviseObject(change, type, values.object_id, object);
  return id;
}

type Grant = Pick<RbacPolicyRow, 'object_id' | 'object_type' | 'action' | 'target_project'>;

/** A subnet pool can be used by whom its address scope can be used, too. */
async function checkScope(
  { transaction }: Change,
  { address_scope_id: scopeId = null }: SharedObject,
  target: string,
  poolId: string,
): Promise<void> {
  if (scopeId === null) return;
  const { rows } =
    await sql`select 1 from network.address_scopes where id = ${scopeId} and project_id = ${target}
    union all select 1 from network.rbac_policies
      where object_id = ${scopeId} and target_project in ('*', ${target})`.execute(transaction);
  if (rows.length > 0) return;
  throw badRequest(
    `Failed to create RBAC policy on resource ${poolId} because target project doesn't have access to associated address scope: share address scope ${scopeId} first.`,
    'RbacPolicyInitError',
  );
}

/** Who loses access by this must not need it: without the policy, or with another project in it. */
export async function checkUnused(
  change: Change,
  row: Grant,
  object: SharedObject,
  successor?: string,
): Promise<void> {
  const { transaction } = change;
  const others = await transaction
    .selectFrom('network.rbac_policies')
    .select('target_project')
    .where('object_id', '=', row.object_id)
    .where('action', '=', row.action)
    .where('target_project', '<>', row.target_project)
    .execute();
  const kept = new Set([...others.map(({ target_project: target }) => target), successor]);
  if (kept.has('*')) return;
  if (row.action === 'access_as_external' && row.target_project === '*' && object.is_default) {
    throw inUse(row, 'Default external networks must be shared to everyone.');
  }
  const query = SHAREABLE[row.object_type].users[row.action]!(row.object_id);
  const { rows } = await sql<{ project_id: string }>`${query}`.execute(transaction);
  if (row.object_type !== 'network') {
    checkUsers(row, object, rows, new Set(others.map(({ target_project: target }) => target)));
    return;
  }
  const losing = rows.find(
    ({ project_id: user }) =>
      user !== '' &&
      user !== object.project_id &&
      !kept.has(user) &&
      (row.target_project === '*' || row.target_project === user),
  );
  if (losing !== undefined) throw inUse(row, `project_id=${losing.project_id}`);
  const isLast = row.action === 'access_as_external' && kept.size === 1 && kept.has(undefined);
  if (isLast && rows.some(({ project_id: user }) => user !== '')) {
    throw inUse(row, 'There are routers or floating IPs on this network that depend on it.');
  }
}

/**
 * What is no network is kept more strictly, as clients know it from Neutron: who uses it must be named by another policy,
 * its owner too where all projects lose it, and the project that a policy is changed to does not count.
 */
function checkUsers(
  row: Grant,
  object: SharedObject,
  users: readonly { readonly project_id: string }[],
  others: ReadonlySet<string>,
): void {
  if (row.target_project === object.project_id) return;
  const losing = users.find(
    ({ project_id: user }) =>
      user !== '' && (row.target_project === '*' ? !others.has(user) : user === row.target_project),
  );
  if (losing !== undefined) throw inUse(row, `project_id=${losing.project_id}`);
}

const inUse = (row: Pick<RbacPolicyRow, 'object_id'>, details: string) =>
  conflict(
    `RBAC policy on object ${row.object_id} cannot be removed because other objects depend on it.\nDetails: ${details}`,
    'RbacPolicyInUse',
  );

async function update(
  change: Change,
  caller: Caller,
  row: RbacPolicyRow,
  raw: Values,
): Promise<void> {
  const { target_tenant: target } = raw as Partial<RbacValues>;
  if (target === undefined) return;
  checkTarget(caller, 'update_rbac_policy', target);
  if (target === row.target_project) return;
  const object = await ownObject(change, caller, SHAREABLE[row.object_type], row.object_id);
  await checkUnused(change, row, object, target);
  if (row.object_type === 'subnetpool') await checkScope(change, object, target, row.object_id);
  await change.transaction
    .updateTable('network.rbac_policies')
    .set({ target_project: target })
    .where('id', '=', row.id)
    .execute()
    .catch((error: unknown) => {
      throw violatedConstraint(error) === 'rbac_policies_same' ? duplicate() : error;
    });
  await reviseObject(change, row.object_type, row.object_id, object);
}

async function remove(change: Change, _caller: Caller, row: RbacPolicyRow): Promise<void> {
  const { transaction } = change;
  const { noun } = SHAREABLE[row.object_type];
  // The policy's project may have lost the object itself; what is its own may go all the same.
  await sql`select 1 from ${sql.table(noun.table)} where id = ${row.object_id} for update`.execute(
    transaction,
  );
  const { rows } = await sql<SharedObject>`select ${noun.columns} from ${sql.table(noun.table)} o
    where o.id = ${row.object_id}`.execute(transaction);
  const object = rows[0];
  if (object !== undefined) await checkUnused(change, row, object);
  await transaction.deleteFrom('network.rbac_policies').where('id', '=', row.id).execute();
  if (object !== undefined) await reviseObject(change, row.object_type, row.object_id, object);
}

export const rbacPolicyRules: Rules<RbacPolicyRow> = { create, update, delete: remove };
