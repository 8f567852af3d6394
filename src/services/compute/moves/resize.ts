import { Type } from 'typebox';
import { badRequest, conflict } from '../../../core/errors.ts';
import type { Transaction } from '../../../database/database.ts';
import type { PlacementService } from '../../placement/index.ts';
import type { NetworkChange } from '../../network/index.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { budgetsOf, lockQuota } from '../quotas/model.ts';
import { quotaFault } from '../quotas/rules.ts';
import type { Action } from '../servers/actions.ts';
import type { PortAllocations } from '../servers/claim.ts';
import { serverFlavor } from '../servers/create.ts';
import {
  portsOfServers,
  type Server,
  type ServerChange,
  type ServerPort,
} from '../servers/model.ts';
import { Nothing } from '../servers/nothing.ts';
import { idOfReference } from '../servers/rules.ts';
import { findFlavor } from '../servers/wish.ts';
import type { ServerFlavor } from '../tables.ts';
import { orderImage } from '../snapshots/order.ts';
import { beginMove, requireUp } from './begin.ts';
import { consumerOf } from './destination.ts';
import { closeMove, markMove, openMove } from './model.ts';
import { flavorRefusal } from './rules.ts';
import { bindPorts } from './travel.ts';

/**
 * Gives the server another flavor: on its host, where it is started again with it, or, when that has no room, on another
 * one, where it goes as in a cold migration. Then it waits for a decision.
 */
export const resize: Action = {
  summary:
    'Give a server another flavor; it is started again and waits to be confirmed or reverted',
  schema: Type.Object(
    {
      flavorRef: Type.Union([
        Type.String({ minLength: 1, maxLength: 1024 }),
        Type.Integer({ minimum: 0 }),
      ]),
      'OS-DCF:diskConfig': Type.Optional(
        Type.Union([Type.Literal('AUTO'), Type.Literal('MANUAL')]),
      ),
    },
    { additionalProperties: false },
  ),
  name: 'resize',
  capability: 'resize',
  vmStates: () => ['active', 'stopped'],
  mustHaveLaunched: true,
  event: 'compute_prep_resize',
  carriedOutByHost: true,
  async apply(input) {
    const { context, request, transaction, server, argument, network } = input;
    const flavor = serverFlavor(
      await findFlavor(context, request, idOfReference(String(argument.flavorRef))),
    );
    const host = context.hosts.live(server.host ?? '');
    const refusal = flavorRefusal(server.flavor, flavor, host?.driver);
    if (refusal !== undefined) throw badRequest(refusal);
    await requireUp(context, transaction, server);
    await checkQuota(transaction, server, flavor);
    // Without an image of its disk it cannot leave.
    const mayLeave = host?.capabilities['snapshot'] === true;
    const dest = await beginMove(context, transaction, request.caller, server, 'resize', {
      flavor,
      image: server.image,
      ...(mayLeave ? { mayStay: true } : { only: server.host ?? '' }),
    });
    const change = {
      flavor: JSON.stringify(flavor),
      flavor_id: flavor.id,
      ...(argument['OS-DCF:diskConfig'] ? { disk_config: argument['OS-DCF:diskConfig'] } : {}),
    };
    if (dest.name === server.host) {
      const ports = await portsOfServers(transaction, [server.id]);
      await serveElsewhere(network, context.hosts, server, ports, dest.allocations);
      return { ...restarted(server), ...change, task_state: 'resize_prep' };
    }
    await orderImage(input, {
      name: `${server.name.slice(0, 240)}-resized`,
      purpose: 'migrate',
    });
    return { ...change, task_state: 'resize_migrating', power: 'stopped' };
  },
  afterwards: ({ snapshots }) => snapshots.mark(),
};

export const confirmResize: Action = {
  summary: "Keep a resized server's new flavor",
  schema: Nothing,
  name: 'confirmResize',
  vmStates: () => ['resized'],
  event: 'compute_confirm_resize',
  async apply({ context, transaction, server, answer }) {
    await requireMove(transaction, server);
    answer({ status: 204 });
    return confirm(context.placement, transaction, server);
  },
};

export const revertResize: Action = {
  summary: 'Give a resized server its former flavor back',
  schema: Nothing,
  name: 'revertResize',
  vmStates: () => ['resized'],
  event: 'compute_revert_resize',
  carriedOutByHost: true,
  async apply({ context, transaction, server, network }) {
    const move = await requireMove(transaction, server);
    await markMove(transaction, server.id, 'reverting');
    const { hosts, placement } = context;
    const host = (await hosts.list(transaction)).find(({ name }) => name === move.source_host);
    if (move.source_host !== server.host && host?.up !== true)
      throw conflict(
        `Host ${move.source_host}, which server ${server.id} would go back to, is down: try again later, or confirm.`,
      );
    await placement.handOver(transaction, move.uuid, consumerOf(server));
    if (move.source_host === server.host) {
      const ports = await portsOfServers(transaction, [server.id]);
      const former = new Map(Object.entries(move.old_allocations));
      await serveElsewhere(network, hosts, server, ports, former);
    }
    return {
      ...restarted(server),
      flavor: JSON.stringify(move.old_flavor),
      flavor_id: move.old_flavor_id,
      task_state: 'resize_reverting',
      // Back to where it was, as it was when it left.
      ...(move.source_host === server.host ? {} : { leaving_for: move.source_host }),
    };
  },
};

/** Keeps the new flavor: the server is what it was before, with another flavor. */
export async function confirm(
  placement: Pick<PlacementService, 'release'>,
  transaction: Transaction,
  server: Server,
): Promise<ServerChange> {
  await closeMove(transaction, placement, server.id, 'confirmed');
  return { vm_state: server.power === 'stopped' ? 'stopped' : 'active', task_state: null };
}

/** The order to start again with other limits; one that is stopped takes them up when it is started. */
const restarted = (server: Server): ServerChange => ({
  generation: server.generation + 1,
  reboot_kind: 'soft',
});

async function requireMove(transaction: Transaction, server: Server) {
  const move = await openMove(transaction, server.id);
  if (!move)
    throw badRequest(
      `Instance has not been resized: server ${server.id} has no resize that waits for a decision.`,
    );
  return move;
}

/** What the new flavor takes more must be within the quota; less is always within. */
async function checkQuota(
  transaction: Transaction,
  server: Server,
  flavor: ServerFlavor,
): Promise<void> {
  const wanted = {
    instances: 0,
    cores: Math.max(0, flavor.vcpus - server.flavor.vcpus),
    ram: Math.max(0, flavor.memoryMb - server.flavor.memoryMb),
  };
  await lockQuota(transaction, server.project_id);
  for (const { limits, usage } of await budgetsOf(transaction, server.project_id, server.user_id)) {
    const isOver = (name: 'cores' | 'ram') =>
      wanted[name] > 0 && limits[name] >= 0 && usage[name] + wanted[name] > limits[name];
    if (isOver('cores') || isOver('ram')) throw quotaFault(usage, limits, wanted);
  }
}

/** Ports that other providers of the same host serve now. */
async function serveElsewhere(
  change: NetworkChange,
  hosts: Pick<HostDirectory, 'chassisOf'>,
  server: Server,
  ports: readonly ServerPort[],
  allocations: PortAllocations,
): Promise<void> {
  const served = ports.filter(({ port_id: id }) => allocations.has(id));
  await bindPorts(change, server, served, hosts.chassisOf(server.host ?? ''), allocations);
}
