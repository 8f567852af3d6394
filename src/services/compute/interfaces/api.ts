import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import { transact, type Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { PortSummary } from '../../network/index.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { unexpectedMember } from '../errors.ts';
import { recordActions } from '../instance_actions/model.ts';
import { has } from '../microversions.ts';
import { tablesOf } from '../tables.ts';
import type { Server } from '../servers/model.ts';
import { allocationOf, claim, networkWithPolicy } from '../servers/claim.ts';
import { checkCapability, checkLock, checkState } from '../servers/actions.ts';
import { asNova, deviceOwner } from '../servers/create.ts';
import { portsOfServers, requireServer, type ServerPort } from '../servers/model.ts';
import { dnsNameOf } from '../servers/rules.ts';
import { ownersOf } from '../servers/projection.ts';
import { asBadRequest } from '../servers/wantedInterfaces.ts';

const view = (port: PortSummary, tag: string | null, request: OperationRequest) => ({
  port_id: port.id,
  net_id: port.networkId,
  mac_addr: port.macAddress,
  port_state: port.status,
  fixed_ips: port.addresses.map(({ subnetId, ipAddress }) => ({
    subnet_id: subnetId,
    ip_address: ipAddress,
  })),
  ...(has(request.microversion, 'interfaceTagsShown') ? { tag } : {}),
});

const AttachBody = Type.Object(
  {
    interfaceAttachment: Type.Object(
      {
        port_id: Type.Optional(Type.String({ format: 'uuid' })),
        net_id: Type.Optional(Type.String({ format: 'uuid' })),
        fixed_ips: Type.Optional(
          Type.Array(
            Type.Object(
              { ip_address: Type.String({ maxLength: 45 }) },
              { additionalProperties: false },
            ),
            { minItems: 1, maxItems: 1 },
          ),
        ),
        tag: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

/** https://docs.openstack.org/api-ref/compute/#port-interfaces-servers-os-interface */
export function serverInterfaceOperations(context: ComputeContext): Operation[] {
  const { database, hosts, network, projector } = context;
  const collection = '/v2.1/servers/{server_id}/os-interface';
  const item = `${collection}/{port_id}`;
  const load = async (request: OperationRequest) => {
    const server = await requireServer(database, request.caller, request.params['server_id']!);
    const [ports, own] = await Promise.all([
      network.portsOfDevices(database, [server.id]),
      portsOfServers(database, [server.id]),
    ]);
    const tags = new Map(own.map((port) => [port.port_id, port.tag]));
    return ports.map((port) => view(port, tags.get(port.id) ?? null, request));
  };

  return [
    operation({
      name: 'list_interfaces',
      method: 'GET',
      path: collection,
      summary: "A server's interfaces",
      role: policy.role('os-attach-interfaces:list'),
      success: 200,
      handle: async (request) => ({ body: { interfaceAttachments: await load(request) } }),
    }),
    operation({
      name: 'show_interface',
      method: 'GET',
      path: item,
      summary: 'One interface of a server',
      role: policy.role('os-attach-interfaces:show'),
      success: 200,
      async handle(request) {
        const id = request.params['port_id']!;
        const found = (await load(request)).find((port) => port.port_id === id);
        if (!found)
          throw notFound(
            `Instance ${request.params['server_id']} does not have a port with id ${id.slice(0, 255)}`,
          );
        return { body: { interfaceAttachment: found } };
      },
    }),
    operation({
      name: 'attach_interface',
      method: 'POST',
      path: collection,
      summary: 'Give a server one more interface',
      role: policy.role('os-attach-interfaces:create'),
      success: 200,
      body: AttachBody,
      async handle(request) {
        const {
          port_id: portId,
          net_id: netId,
          fixed_ips: fixedIps,
          tag,
        } = request.body.interfaceAttachment;
        if (tag !== undefined && !has(request.microversion, 'interfaceTags'))
          throw unexpectedMember('tag', 'field/attribute interfaceAttachment');
        if (portId !== undefined && netId !== undefined)
          throw badRequest('Must not input both network_id and port_id');
        if (fixedIps !== undefined && netId === undefined)
          throw badRequest('Must input network_id when request IP address');
        const networkId =
          portId === undefined && netId === undefined ? await onlyNetwork(context, request) : netId;
        const { server, port, changes } = await transact(database, async (transaction) => {
          const found = await requireServer(
            transaction,
            request.caller,
            request.params['server_id']!,
            {
              lock: true,
            },
          );
          checkLock(request, found);
          checkState('attach_interface', found, ['active', 'paused', 'stopped']);
          checkCapability(hosts, found, 'attach_interface');
          const allocation = await claimForPort(
            context,
            transaction,
            request.caller,
            found,
            portId ?? '',
            networkId,
          );
          const change = network.change(transaction);
          const binding = {
            deviceId: found.id,
            deviceOwner: deviceOwner(found.availability_zone),
            host: found.host === null ? '' : hosts.chassisOf(found.host),
            dnsName: dnsNameOf(found.hostname),
          };
          const added = await (
            portId === undefined
              ? change.createPort(request.caller, {
                  networkId: networkId!,
                  ...(fixedIps
                    ? { fixedIps: fixedIps.map((one) => ({ ipAddress: one.ip_address })) }
                    : {}),
                  ...binding,
                })
              : change.bindPort(request.caller, portId, { ...binding, ...allocation })
          ).catch(asNova);
          const own = await portsOfServers(transaction, [found.id]);
          if (own.some((other) => other.port_id === added.id))
            throw badRequest(`Port ${added.id} is attached to this server already.`);
          const row: ServerPort = {
            server_id: found.id,
            port_id: added.id,
            network_id: added.networkId,
            position: Math.max(-1, ...own.map(({ position }) => position)) + 1,
            owned: portId === undefined,
            tag: tag ?? null,
          };
          await tablesOf(transaction).insertInto('compute.server_ports').values(row).execute();
          await recordActions(
            transaction,
            request.caller,
            request.requestId,
            [found],
            'attach_interface',
            {
              name: 'compute_attach_interface',
              done: true,
            },
          );
          return { server: found, port: { row, summary: added }, changes: change };
        });
        projector.mark(...ownersOf(server, [port.row], hosts));
        await changes.settled();
        return { body: { interfaceAttachment: view(port.summary, port.row.tag, request) } };
      },
    }),
    operation({
      name: 'detach_interface',
      method: 'DELETE',
      path: item,
      summary: 'Take an interface from a server',
      role: policy.role('os-attach-interfaces:delete'),
      success: 202,
      async handle(request) {
        const portId = request.params['port_id']!;
        const { server, row, changes } = await transact(database, async (transaction) => {
          const found = await requireServer(
            transaction,
            request.caller,
            request.params['server_id']!,
            {
              lock: true,
            },
          );
          checkLock(request, found);
          checkState('detach_interface', found, ['active', 'paused', 'stopped']);
          const port = (await portsOfServers(transaction, [found.id])).find(
            (one) => one.port_id === portId,
          );
          if (!port)
            throw notFound(
              `Port id ${portId.slice(0, 255)} could not be found on instance ${found.id}.`,
            );
          const change = network.change(transaction);
          if (port.owned) await change.deletePort(portId);
          else await change.unbindPort(portId);
          await tablesOf(transaction)
            .deleteFrom('compute.server_ports')
            .where('server_id', '=', found.id)
            .where('port_id', '=', portId)
            .execute();
          await recordActions(
            transaction,
            request.caller,
            request.requestId,
            [found],
            'detach_interface',
            {
              name: 'compute_detach_interface',
              done: true,
            },
          );
          return { server: found, row: port, changes: change };
        });
        projector.mark(...ownersOf(server, [row], hosts));
        changes.mark();
        return {};
      },
    }),
  ];
}

/**
 * Takes what a port needs of the server's host beside what the server has; nothing can be promised to a port that is
 * yet to be made.
 */
async function claimForPort(
  { hosts, network, placement }: ComputeContext,
  transaction: Transaction,
  caller: Caller,
  server: Server,
  portId: string,
  networkId: string | undefined,
): Promise<{ allocation?: Readonly<Record<string, string>> }> {
  if (networkId !== undefined) {
    const [minimum] = await network.networksWithMinimum(transaction, [networkId]);
    if (minimum !== undefined) throw networkWithPolicy(minimum, server.id);
    return {};
  }
  // Of others' ports nothing is told.
  await network.findPorts(transaction, caller, [portId]).catch(asNova);
  const requests = await network.resourceRequests(transaction, [portId]);
  if (requests.size === 0) return {};
  const host = (await hosts.list(transaction)).find(({ name }) => name === server.host);
  const claimed =
    host &&
    (await claim(placement, transaction, host.id, {}, requests, false, (allocations) =>
      placement.adjust(transaction, server.id, allocations),
    ));
  if (claimed?.fits) return allocationOf(claimed.ports, portId);
  throw badRequest(
    `Failed to allocate additional resources to ${server.id} during interface attach: its host has not enough bandwidth left for port ${portId}.`,
  );
}

/** The network of an interface for which none was named. */
async function onlyNetwork(
  { database, network }: ComputeContext,
  request: OperationRequest,
): Promise<string> {
  const found = await network.availableNetworks(database, request.caller).catch(asBadRequest);
  if (found.length !== 1)
    throw badRequest(
      found.length === 0
        ? 'No network can be used for the interface: name a net_id or port_id.'
        : 'Multiple possible networks found, use a Network ID to be more specific.',
    );
  return found[0]!.id;
}
