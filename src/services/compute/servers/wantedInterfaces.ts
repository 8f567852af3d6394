import { badRequest, conflict, Fault } from '../../../core/errors.ts';
import type { OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import { askNeutron } from '../security_groups/neutron.ts';
import type { CreateServer } from './schemas.ts';

/** An interface that a new server is to have: a port that exists, or one to be made in a network. */
export type WantedInterface = { readonly tag: string | null } & (
  | { readonly portId: string; readonly networkId: string }
  | {
      readonly portId?: undefined;
      readonly networkId: string;
      readonly fixedIp: string | undefined;
    }
);

/** A thing that a body names and that is not there is the body's mistake: 400, with the other service's words. */
export function asBadRequest(error: unknown): never {
  if (error instanceof Fault && error.kind === 'notFound') throw badRequest(error.message);
  throw error;
}

/** Which interfaces a body asks for: ports and networks found, and refused where a server cannot have them. */
export async function findInterfaces(
  context: ComputeContext,
  request: OperationRequest,
  given: CreateServer,
  count: number,
): Promise<WantedInterface[]> {
  const { microversion } = request;
  const { networks } = given;
  if (has(microversion, 'networksMandatory')) {
    if (networks === undefined)
      throw badRequest(
        "Invalid input for field/attribute server: 'networks' is a required property: a list, 'auto' or 'none'.",
      );
    if (networks === 'none') return [];
  } else if (typeof networks === 'string')
    throw badRequest(
      `Invalid input for field/attribute server.networks: '${networks}' needs microversion 2.37.`,
    );
  if (networks === undefined || networks === 'auto' || networks.length === 0)
    return availableNetwork(context, request, networks === 'auto');

  const { database, network } = context;
  for (const wanted of networks) {
    if (wanted.tag !== undefined && !has(microversion, 'networkTags'))
      throw unexpectedMember('tag', 'field/attribute server.networks');
    if (!wanted.port && wanted.uuid === undefined)
      throw badRequest('Bad networks format: each network needs a uuid or a port.');
    if (wanted.port && wanted.fixed_ip !== undefined)
      throw badRequest(
        `Specified Fixed IP '${wanted.fixed_ip}' cannot be used with port '${wanted.port}': the two cannot be specified together.`,
      );
    if (count > 1 && (wanted.port || wanted.fixed_ip !== undefined))
      throw badRequest(
        wanted.port
          ? 'Unable to launch multiple instances with a single configured port ID. Please launch your instance one by one with different ports.'
          : 'max_count cannot be greater than 1 if an fixed_ip is specified.',
      );
  }
  const portIds = networks.flatMap(({ port }) => port ?? []);
  const repeated = portIds.find((id, index) => portIds.indexOf(id) !== index);
  if (repeated !== undefined) throw badRequest(`Port ${repeated} is given more than once.`);
  const networkIds = [...new Set(networks.flatMap(({ uuid, port }) => (port ? [] : (uuid ?? []))))];
  const [ports, found] = await Promise.all([
    portIds.length === 0
      ? []
      : network.findPorts(database, request.caller, portIds).catch(asBadRequest),
    networkIds.length === 0
      ? []
      : network.findNetworks(database, request.caller, networkIds).catch(asBadRequest),
  ]);
  for (const port of ports)
    if (port.deviceId !== '') throw conflict(`Port ${port.id} is still in use.`);
  for (const one of found) {
    if (one.external && !one.shared && !request.caller.isAdmin)
      throw new Fault(
        'forbidden',
        `It is not allowed to create an interface on external network ${one.id}`,
      );
    if (one.subnetIds.length === 0)
      throw badRequest(`Network ${one.id} requires a subnet in order to boot instances on.`);
  }
  const byId = new Map(ports.map((port) => [port.id, port]));
  return networks.map(({ uuid, port, fixed_ip: fixedIp, tag = null }) =>
    port
      ? { portId: port, networkId: byId.get(port)!.networkId, tag }
      : { networkId: uuid!, fixedIp, tag },
  );
}

/** The one network that the project can use, when none was named. */
async function availableNetwork(
  { database, network }: ComputeContext,
  request: OperationRequest,
  mandatory: boolean,
): Promise<WantedInterface[]> {
  const { caller } = request;
  const found = (await network.availableNetworks(database, caller)).filter(
    ({ subnetIds }) => subnetIds.length > 0,
  );
  if (found.length > 1)
    throw conflict('Multiple possible networks found, use a Network ID to be more specific.');
  if (found.length === 0 && mandatory)
    return [{ networkId: await automaticNetwork(network, request), fixedIp: undefined, tag: null }];
  return found.map(({ id }) => ({ networkId: id, fixedIp: undefined, tag: null }));
}

/** The network that the network service makes for a project that has none. */
async function automaticNetwork(
  network: ComputeContext['network'],
  request: OperationRequest,
): Promise<string> {
  const { projectId = '' } = request.caller;
  const made = await askNeutron(network, request, 'get_auto_allocated_topology', {
    params: { project_id: projectId },
  }).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.kind === 'internal') throw error;
    throw badRequest(
      `Unable to automatically allocate a network for project ${projectId}: ${error.message}`,
    );
  });
  return (made['auto_allocated_topology'] as { id: string }).id;
}
