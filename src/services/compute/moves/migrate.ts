import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import type { Transaction } from '../../../database/database.ts';
import type { ComputeContext } from '../context.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import type { Action } from '../servers/actions.ts';
import { portsOfServers } from '../servers/model.ts';
import { ownersOf } from '../servers/projection.ts';
import { newPassword } from '../servers/rules.ts';
import { isTrue } from '../servers/schemas.ts';
import { orderImage } from '../snapshots/order.ts';
import { beginMove, requireUp } from './begin.ts';
import { bindPorts } from './travel.ts';

const HostName = Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]);

/**
 * Nova's cold migration: the server is stopped, its disk goes to another host as an image, and it waits there to be
 * confirmed or reverted, as after a resize.
 */
export const migrate: Action = {
  summary: 'Move a server to another host; it is stopped meanwhile and waits to be confirmed',
  schema: Type.Union([
    Type.Null(),
    Type.Literal(''),
    Type.Object({ host: Type.Optional(HostName) }, { additionalProperties: false }),
  ]),
  name: 'migrate',
  adminOnly: 'os-migrate-server:migrate',
  capability: 'snapshot',
  vmStates: () => ['active', 'stopped'],
  mustHaveLaunched: true,
  event: 'cold_migrate',
  carriedOutByHost: true,
  async apply(input) {
    const { context, request, transaction, server, argument } = input;
    const named = (argument as { host?: string | null } | null)?.host;
    if (named !== undefined && !has(request.microversion, 'migrateToHost'))
      throw unexpectedMember('host', 'field/attribute migrate');
    const source = server.host ?? '';
    await requireUp(context, transaction, server);
    if (named) {
      await requireHost(context, transaction, named);
      if (named === source)
        throw badRequest(
          `The target host can't be the same one: server ${server.id} is on ${source} already.`,
        );
    }
    await beginMove(context, transaction, request.caller, server, 'migration', {
      flavor: server.flavor,
      image: server.image,
      except: source,
      ...(named ? { only: named } : {}),
    });
    await orderImage(input, {
      name: `${server.name.slice(0, 240)}-migrated`,
      purpose: 'migrate',
    });
    return { task_state: 'resize_migrating', power: 'stopped' };
  },
  afterwards: ({ snapshots }) => snapshots.mark(),
};

/** Nova's evacuation: the host is down for good, another one makes the server anew from its image, with its ports. */
export const evacuate: Action = {
  summary: 'Make a server of a host that is down anew on another host',
  schema: Type.Object(
    {
      host: Type.Optional(HostName),
      adminPass: Type.Optional(Type.String({ maxLength: 255 })),
      onSharedStorage: Type.Optional(Type.Union([Type.Boolean(), Type.String()])),
      force: Type.Optional(Type.Union([Type.Boolean(), Type.String()])),
    },
    { additionalProperties: false },
  ),
  name: 'evacuate',
  adminOnly: 'os-evacuate',
  vmStates: () => ['active', 'stopped', 'error'],
  event: 'rebuild_server',
  carriedOutByHost: true,
  async apply({ context, request, transaction, server, argument, network, answer, touch }) {
    const { microversion } = request;
    if (argument.onSharedStorage !== undefined && !has(microversion, 'evacuateSharedStorage'))
      throw unexpectedMember('onSharedStorage', 'field/attribute evacuate');
    if (argument.onSharedStorage === undefined && has(microversion, 'evacuateSharedStorage'))
      throw badRequest(
        "Invalid input for field/attribute evacuate. 'onSharedStorage' is a required property",
      );
    if (isTrue(argument.onSharedStorage))
      throw badRequest(
        'Hosts of this cloud share no storage: servers are made anew from their images.',
      );
    if (argument.force !== undefined && !has(microversion, 'evacuateForce'))
      throw unexpectedMember('force', 'field/attribute evacuate');
    const source = server.host ?? '';
    const down = await requireHost(context, transaction, source);
    if (argument.host) {
      await requireHost(context, transaction, argument.host);
      if (argument.host === source)
        throw badRequest(
          `The target host can't be the same one: server ${server.id} is on ${source}.`,
        );
    }
    if (down.up)
      throw badRequest(
        `Compute service of ${source} is still in use: servers are evacuated only from hosts that are down.`,
      );
    const dest = await beginMove(context, transaction, request.caller, server, 'evacuation', {
      flavor: server.flavor,
      image: server.image,
      except: source,
      ...(argument.host ? { only: argument.host } : {}),
    });
    const ports = await portsOfServers(transaction, [server.id]);
    await bindPorts(
      network,
      { id: server.id, availability_zone: dest.zone },
      ports,
      context.hosts.chassisOf(dest.name),
      dest.allocations,
    );
    touch(
      ...ownersOf(server, ports, context.hosts),
      ...ownersOf({ id: server.id, host: dest.name }, ports, context.hosts),
    );
    answer({
      status: 200,
      ...(has(microversion, 'evacuateSharedStorage')
        ? { body: { adminPass: argument.adminPass || newPassword() } }
        : {}),
    });
    return {
      host: dest.name,
      availability_zone: dest.zone,
      task_state: 'rebuilding',
      power:
        server.vm_state === 'stopped' || has(microversion, 'evacuatedAreStopped')
          ? 'stopped'
          : 'running',
      generation: server.generation + 1,
      // Should the host come back, what it has is of an earlier making.
      build: server.build + 1,
      made_from: null,
    };
  },
};

async function requireHost(
  { hosts }: Pick<ComputeContext, 'hosts'>,
  transaction: Transaction,
  name: string,
) {
  const host = (await hosts.list(transaction)).find((one) => one.name === name);
  if (!host) throw notFound(`Compute host ${name.slice(0, 255)} could not be found.`);
  return host;
}
