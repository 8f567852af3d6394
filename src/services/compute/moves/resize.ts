import { Type } from 'typebox';
import { badRequest, conflict } from '../../../core/errors.ts';
import type { Transaction } from '../../../database/database.ts';
import type { PlacementService } from '../../placement/index.ts';
import type { OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { budgetsOf, lockQuota } from '../quotas/model.ts';
import { quotaFault } from '../quotas/rules.ts';
import { resourcesOf } from '../scheduler/resources.ts';
import type { Action } from '../servers/actions.ts';
import { serverFlavor } from '../servers/create.ts';
import type { Server, ServerChange } from '../servers/model.ts';
import { Nothing } from '../servers/nothing.ts';
import { idOfReference } from '../servers/rules.ts';
import { findFlavor } from '../servers/wish.ts';
import type { ServerFlavor } from '../tables.ts';
import { claimHost, consumerOf } from './destination.ts';
import { closeMove, insertMove, markMove, openMove } from './model.ts';
import { flavorRefusal } from './rules.ts';

/**
 * Gives the server another flavor, on its host: it is started again with it, and waits for a decision. What it had stays
 * its own in placement (consumer: the move) until then, so that it can always go back.
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
  async apply({ context, request, transaction, server, argument }) {
    const flavor = serverFlavor(
      await findFlavor(context, request, idOfReference(String(argument.flavorRef))),
    );
    const refusal = flavorRefusal(
      server.flavor,
      flavor,
      context.hosts.live(server.host ?? '')?.driver,
    );
    if (refusal !== undefined) throw badRequest(refusal);
    await checkQuota(transaction, server, flavor);
    await takeResources(context, request, transaction, server, flavor);
    return {
      ...restarted(server),
      flavor: JSON.stringify(flavor),
      flavor_id: flavor.id,
      task_state: 'resize_prep',
      ...(argument['OS-DCF:diskConfig'] ? { disk_config: argument['OS-DCF:diskConfig'] } : {}),
    };
  },
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
  async apply({ context, transaction, server }) {
    const move = await requireMove(transaction, server);
    await markMove(transaction, server.id, 'reverting');
    const { hosts, placement } = context;
    const host = (await hosts.list(transaction)).find(({ name }) => name === move.source_host);
    if (move.source_host !== server.host && host?.up !== true)
      throw conflict(
        `Host ${move.source_host}, which server ${server.id} would go back to, is down: try again later, or confirm.`,
      );
    await placement.release(transaction, move.uuid);
    const result = await placement.allocate(transaction, consumerOf(server), {
      [host?.id ?? '']: resourcesOf(move.old_flavor),
    });
    if (!result.fits)
      throw conflict(
        `The former flavor of server ${server.id} does not fit host ${move.source_host} any more: ${result.shortages.map(({ reason }) => reason).join('; ')}. Confirm the resize instead.`,
      );
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

/** The move holds what the server had, the server what it will have. */
async function takeResources(
  context: ComputeContext,
  { caller }: OperationRequest,
  transaction: Transaction,
  server: Server,
  flavor: ServerFlavor,
): Promise<void> {
  const { placement } = context;
  const host = server.host ?? '';
  const move = await insertMove(transaction, caller, server, {
    type: 'resize',
    status: 'migrating',
    source_host: host,
    dest_host: host,
    new_flavor_id: flavor.id,
  });
  await placement.release(transaction, server.id);
  const provider = (await context.hosts.list(transaction)).find(({ name }) => name === host);
  // It had them: an inventory that has shrunk since then is the new flavor's trouble.
  await placement.allocate(
    transaction,
    { ...consumerOf(server), id: move.uuid, type: 'MIGRATION' },
    { [provider?.id ?? '']: resourcesOf(server.flavor) },
  );
  await claimHost(context, transaction, caller, server, {
    flavor,
    image: server.image,
    only: host,
  });
}
