import { Type, type TSchema } from 'typebox';
import { badRequest, Fault } from '../../../core/errors.ts';
import { transact, type Transaction } from '../../../database/database.ts';
import type { NetworkChange } from '../../network/index.ts';
import type { OperationRequest, Reply } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { policyForbids, serverLocked, wrongState } from '../errors.ts';
import { recordActions } from '../instance_actions/model.ts';
import { abandonMove } from '../moves/abandon.ts';
import { evacuate, migrate } from '../moves/migrate.ts';
import { confirmResize, resize, revertResize } from '../moves/resize.ts';
import { shelve, shelveOffload, unshelve } from '../shelving/actions.ts';
import { createBackup, createImage } from '../snapshots/action.ts';
import type { VmState } from '../tables.ts';
import { requireServer, updateServer, type Server, type ServerChange } from './model.ts';
import { serverOwner } from './projection.ts';
import { END_ACTIONS } from './ends.ts';
import { LOCK_ACTIONS } from './locks.ts';
import { changePassword } from './password.ts';
import { POWER_ACTIONS } from './power.ts';
import { rebuild } from './rebuild.ts';
import { rescue, unrescue, withoutRescue } from './rescue.ts';
import { UNABLE_ACTIONS } from './unable.ts';

/** What an action is given: the locked row, in its transaction. */
export interface ActionInput {
  readonly context: ComputeContext;
  readonly request: OperationRequest;
  readonly transaction: Transaction;
  readonly server: Server;
  /** The value of the action's member in the body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each action's own schema has checked it
  readonly argument: any;
  readonly network: NetworkChange;
  /** What the client is told, when it is more than that it was accepted. */
  answer(reply: Reply): void;
  /** Whose rows in the `Ovenbird` database change beside the server's own. */
  touch(...owners: string[]): void;
}

export interface Action {
  readonly summary: string;
  readonly schema: TSchema;
  /** As in instance actions and messages: `stop`. */
  readonly name: string;
  /** States in which it may be ordered; absent: any. By argument where it matters. */
  readonly vmStates?: (argument: unknown) => readonly VmState[];
  /** Tasks under way that it may interrupt; default none. */
  readonly taskStates?: (argument: unknown) => readonly string[];
  readonly mustHaveLaunched?: true;
  /** What the driver of the server's host must be able to do: see `checkCapability`. */
  readonly capability?: string;
  /** For administrators: Nova's rule that says so. */
  readonly adminOnly?: string;
  /** Works on locked servers, too. */
  readonly evenLocked?: true;
  /** Works on servers that are being deleted, too. */
  readonly evenDeleting?: true;
  /** Only an order that a host carries out stays open until it has. */
  readonly event: string;
  readonly carriedOutByHost?: true;
  /** The same where `afterwards` ends it. */
  readonly staysOpen?: true;
  /** When the order is written: tells who carries it out, if that is not the host's row, or has it carried out. */
  afterwards?(
    context: ComputeContext,
    order: { readonly server: Server; readonly argument: unknown },
  ): Promise<void> | void;
  apply(input: ActionInput): Promise<ServerChange | void> | ServerChange | void;
}

const GroupName = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 255 }) },
  { additionalProperties: false },
);
/** States in which a server may be given other properties. */
export const SETTLED: readonly VmState[] = ['active', 'paused', 'suspended', 'stopped'];

/** Server actions by the member of the body that orders them: https://docs.openstack.org/api-ref/compute/#servers-run-an-action-servers-action */
export const ACTIONS: Readonly<Record<string, Action>> = {
  ...POWER_ACTIONS,
  createImage,
  createBackup,
  rebuild,
  rescue,
  unrescue,
  changePassword,
  resize,
  confirmResize,
  revertResize,
  migrate,
  evacuate,
  shelve,
  shelveOffload,
  unshelve,
  ...LOCK_ACTIONS,
  ...END_ACTIONS,
  ...UNABLE_ACTIONS,
  addSecurityGroup: {
    summary: "Add a security group to a server's ports",
    schema: GroupName,
    name: 'addSecurityGroup',
    vmStates: () => ['active', 'paused', 'suspended', 'stopped', 'building', 'rescued'],
    taskStates: () => ['spawning'],
    event: 'api_add_security_group',
    async apply({ request, server, argument, network }) {
      await network.addSecurityGroup(request.caller, server.id, argument.name);
    },
  },
  removeSecurityGroup: {
    summary: "Take a security group from a server's ports",
    schema: GroupName,
    name: 'removeSecurityGroup',
    vmStates: () => ['active', 'paused', 'suspended', 'stopped', 'building', 'rescued'],
    taskStates: () => ['spawning'],
    event: 'api_remove_security_group',
    async apply({ request, server, argument, network }) {
      await network.removeSecurityGroup(request.caller, server.id, argument.name);
    },
  },
  'os-resetState': {
    summary: "Declare a server's state",
    schema: Type.Object(
      { state: Type.Union([Type.Literal('active'), Type.Literal('error')]) },
      { additionalProperties: false },
    ),
    name: 'reset_state',
    adminOnly: 'os-admin-actions:reset_state',
    evenDeleting: true,
    evenLocked: true,
    event: 'api_reset_state',
    async apply({ context, transaction, server, argument }) {
      // Nobody can decide about a move any more: where the server is now, it stays.
      return {
        ...(await abandonMove(context.placement, transaction, server)),
        vm_state: argument.state,
        task_state: null,
        leaving_for: null,
        ...withoutRescue(server),
        ...(argument.state === 'active' ? { fault: null } : {}),
      };
    },
  },
};

/** Refuses an order that does not go together with what the server is or does: Nova's 409. */
export function checkState(
  action: string,
  server: Server,
  vmStates: readonly VmState[] | undefined,
  taskStates: readonly string[] = [],
): void {
  if (vmStates !== undefined && !vmStates.includes(server.vm_state))
    throw wrongState(action, server.id, 'vm_state', server.vm_state);
  if (server.task_state !== null && !taskStates.includes(server.task_state))
    throw wrongState(action, server.id, 'task_state', server.task_state);
}

/**
 * Refuses what the driver of the server's host cannot do (`capabilities` of its row, `src/host/drivers/driver.ts`):
 * Nova's 501. A host that is not to be heard at present is asked nothing: it will say.
 */
export function checkCapability(
  hosts: Pick<HostDirectory, 'live'>,
  server: Pick<Server, 'id' | 'host'>,
  capability: string,
): void {
  const live = hosts.live(server.host ?? '');
  if (live === undefined || live.capabilities[capability] === true) return;
  throw new Fault(
    'notImplemented',
    `The requested functionality is not supported: ${capability.replaceAll('_', ' ')} of server ${server.id}, ` +
      `whose host ${live.name} has the driver ${live.driver}.`,
  );
}

/** A locked server is left alone by all but administrators. */
export function checkLock(request: OperationRequest, server: Server): void {
  if (server.locked_by !== null && !request.caller.isAdmin) throw serverLocked(server.id);
}

/** The action that a body orders; what is no action is Nova's 400. */
export function actionOf(body: Readonly<Record<string, unknown>>): {
  name: string;
  action: Action;
} {
  const names = Object.keys(body);
  const [name = ''] = names;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) throw badRequest(`There is no such action: ${name.slice(0, 100)}`);
  if (names.length > 1)
    throw badRequest(`Only one action at a time: ${names.join(', ').slice(0, 200)}.`);
  return { name, action };
}

/** Carries out the order as far as the control plane does: the state is written, the host is told. */
export async function runAction(
  context: ComputeContext,
  request: OperationRequest,
  body: Readonly<Record<string, unknown>>,
): Promise<Reply> {
  const { database, hosts, network, projector, settler } = context;
  const { name, action } = actionOf(body);
  if (action.adminOnly && !request.caller.isAdmin) throw policyForbids(action.adminOnly);
  const argument = body[name];
  const id = request.params['server_id']!;
  let reply: Reply = {};
  const touched: string[] = [];
  const { changes, before } = await transact(database, async (transaction) => {
    const server = await requireServer(transaction, request.caller, id, { lock: true });
    if (!action.evenLocked) checkLock(request, server);
    if (!action.evenDeleting && server.task_state === 'deleting')
      throw wrongState(action.name, server.id, 'task_state', server.task_state);
    if (action.vmStates)
      checkState(action.name, server, action.vmStates(argument), action.taskStates?.(argument));
    if (action.capability) checkCapability(hosts, server, action.capability);
    if (action.mustHaveLaunched && server.launched_at === null)
      throw new Fault(
        'conflict',
        `Cannot '${action.name}' instance ${server.id} while it is in launched_at None`,
      );
    const networkChanges = network.change(transaction);
    touched.length = 0;
    const change = await action.apply({
      context,
      request,
      transaction,
      server,
      argument,
      network: networkChanges,
      answer: (given) => (reply = given),
      touch: (...owners) => touched.push(...owners),
    });
    if (change) await updateServer(transaction, server.id, change);
    await recordActions(transaction, request.caller, request.requestId, [server], action.name, {
      name: action.event,
      ...(action.carriedOutByHost || action.staysOpen ? {} : { done: true }),
    });
    return { changes: networkChanges, before: server };
  });
  if (changes.owners.size > 0) await changes.settled();
  if (action.carriedOutByHost || action.adminOnly) {
    projector.mark(serverOwner(before.id), ...touched);
    settler.mark(before.id);
  }
  await action.afterwards?.(context, { server: before, argument });
  return reply;
}
