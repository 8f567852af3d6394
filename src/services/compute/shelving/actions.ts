import { Type } from 'typebox';
import { badRequest, conflict } from '../../../core/errors.ts';
import { zonesOf } from '../availability_zones/api.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import { claimHost } from '../moves/destination.ts';
import { bindPorts } from '../moves/travel.ts';
import { ownersOf } from '../servers/projection.ts';
import { requirePolicy } from '../policy.ts';
import type { Action } from '../servers/actions.ts';
import { portsOfServers } from '../servers/model.ts';
import { Nothing } from '../servers/nothing.ts';
import { hostsViewOf } from '../servers/wish.ts';
import { orderImage } from '../snapshots/order.ts';

/**
 * Stops the server and keeps its disk as an image; then it leaves its host (option `shelved_offload_time`), whose
 * resources are free. It keeps its id, ports and addresses.
 */
export const shelve: Action = {
  summary: 'Put a server away: its disk becomes an image, its host is free',
  schema: Nothing,
  name: 'shelve',
  capability: 'snapshot',
  vmStates: () => ['active', 'stopped', 'paused', 'suspended'],
  mustHaveLaunched: true,
  event: 'compute_shelve_instance',
  carriedOutByHost: true,
  async apply(input) {
    await orderImage(input, {
      name: `${input.server.name.slice(0, 240)}-shelved`,
      purpose: 'shelve',
    });
    return { task_state: 'shelving', power: 'stopped' };
  },
  afterwards: ({ snapshots }) => snapshots.mark(),
};

export const shelveOffload: Action = {
  summary: 'Have a shelved server leave its host now',
  schema: Nothing,
  name: 'shelveOffload',
  adminOnly: 'os-shelve:shelve_offload',
  vmStates: () => ['shelved'],
  event: 'compute_shelve_offload_instance',
  carriedOutByHost: true,
  apply: () => ({ task_state: 'shelving_offloading', leaving_for: '' }),
};

export const unshelve: Action = {
  summary: 'Have a server that was put away run again, on any host',
  schema: Type.Union([
    Type.Null(),
    Type.Object(
      {
        // Null, from 2.91 on: no zone in particular any more.
        availability_zone: Type.Optional(
          Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]),
        ),
        host: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
      },
      { additionalProperties: false },
    ),
  ]),
  name: 'unshelve',
  vmStates: () => ['shelved', 'shelved_offloaded'],
  event: 'compute_unshelve_instance',
  carriedOutByHost: true,
  async apply({ context, request, transaction, server, argument, network, touch }) {
    const given = (argument ?? {}) as { availability_zone?: string | null; host?: string };
    const { availability_zone: zone, host: only } = given;
    const { microversion, caller } = request;
    if (zone !== undefined && !has(microversion, 'unshelveZone'))
      throw unexpectedMember('availability_zone', 'field/attribute unshelve');
    if (only !== undefined && !has(microversion, 'unshelveToHost'))
      throw unexpectedMember('host', 'field/attribute unshelve');
    if (zone === null && !has(microversion, 'unshelveToHost'))
      throw badRequest(
        "Invalid input for field/attribute availability_zone. Value: None. None is not of type 'string'",
      );
    if (only !== undefined) requirePolicy('os-shelve:unshelve_to_host', caller);
    if ((zone !== undefined || only !== undefined) && server.vm_state === 'shelved')
      throw conflict(
        `The server to be unshelved with the ${only === undefined ? 'availability zone' : 'host'} specified must be in SHELVED_OFFLOADED: ${server.id} is still on its host.`,
      );
    if (typeof zone === 'string') {
      const zones = await zonesOf(context);
      if (!zones.some(({ name, available }) => available && name === zone))
        throw badRequest('The requested availability zone is not available');
    }
    if (
      only !== undefined &&
      !(await context.hosts.list(transaction)).some(({ name }) => name === only)
    )
      throw badRequest(`Compute host ${only.slice(0, 255)} could not be found.`);
    const again = {
      task_state: 'unshelving',
      power: 'running',
      generation: server.generation + 1,
    } as const;
    if (server.vm_state === 'shelved') return again;
    const keptId = server.kept_image_id;
    const kept =
      keptId === null
        ? undefined
        : (await context.image.imagesById(context.database, [keptId])).get(keptId);
    if (kept?.status !== 'active')
      throw conflict(
        `Server ${server.id} cannot be unshelved: its image ${keptId ?? ''} is not there any more. Rebuild needs a host: delete it and make a new one.`,
      );
    const image = hostsViewOf(kept);
    const host = await claimHost(context, transaction, request.caller, server, {
      flavor: server.flavor,
      image,
      ...(zone === undefined ? {} : { zone }),
      ...(only === undefined ? {} : { only }),
    });
    const ports = await portsOfServers(transaction, [server.id]);
    const there = { id: server.id, availability_zone: host.zone };
    const chassis = context.hosts.chassisOf(host.name);
    await bindPorts(network, there, ports, chassis, host.allocations);
    touch(...ownersOf({ id: server.id, host: host.name }, ports, context.hosts));
    return {
      ...again,
      host: host.name,
      availability_zone: host.zone,
      ...(zone === undefined ? {} : { pinned_zone: zone }),
      made_from: JSON.stringify({ id: kept.id, image }),
    };
  },
};
