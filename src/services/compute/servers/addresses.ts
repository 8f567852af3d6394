import { isIPv4 } from 'node:net';
import { Type, type Static, type TSchema } from 'typebox';
import { badRequest, conflict, Fault, forbidden, notFound } from '../../../core/errors.ts';
import type { OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { has } from '../microversions.ts';
import { askNeutron } from '../security_groups/neutron.ts';
import { requireServer, type Server } from './model.ts';

/** What the network service tells of a port and of a floating IP. */
interface Port {
  readonly id: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
}
interface FloatingIp {
  readonly id: string;
  readonly port_id: string | null;
  readonly port_details: { readonly device_id: string } | null;
}

/** An action that only asks the network service: the server's row stays as it is. */
interface AddressAction {
  readonly summary: string;
  readonly schema: TSchema;
  apply(
    context: ComputeContext,
    request: OperationRequest,
    server: Server,
    argument: unknown,
  ): Promise<void>;
}

const Address = Type.String({ minLength: 1, maxLength: 64 });
const AddFloatingIp = Type.Object(
  { address: Address, fixed_address: Type.Optional(Address) },
  { additionalProperties: false },
);
const OneAddress = Type.Object({ address: Address }, { additionalProperties: false });
const OneNetwork = Type.Object(
  { networkId: Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Integer()]) },
  { additionalProperties: false },
);

const portsOf = async (context: ComputeContext, request: OperationRequest, query: object) =>
  (
    await askNeutron(context.network, request, 'get_ports', {
      query: query as OperationRequest['query'],
    })
  )['ports'] as Port[];

async function floatingIp(
  context: ComputeContext,
  request: OperationRequest,
  address: string,
): Promise<FloatingIp> {
  const found = isIPv4(address)
    ? ((
        await askNeutron(context.network, request, 'get_floatingips', {
          query: { floating_ip_address: [address] },
        })
      )['floatingips'] as FloatingIp[])
    : [];
  if (found.length > 1)
    throw conflict(`Multiple floating IPs are found for address ${address.slice(0, 64)}.`);
  if (!found[0]) throw notFound('floating IP not found');
  return found[0];
}

const associate = (
  context: ComputeContext,
  request: OperationRequest,
  id: string,
  floatingip: object,
) =>
  askNeutron(context.network, request, 'update_floatingip', {
    params: { floatingip_id: id },
    body: { floatingip },
  });

const setAddresses = (
  context: ComputeContext,
  request: OperationRequest,
  port: Port,
  addresses: object[],
) =>
  askNeutron(context.network, request, 'update_port', {
    params: { port_id: port.id },
    body: { port: { fixed_ips: addresses } },
  }).catch((error: unknown) => {
    if (error instanceof Fault && error.kind !== 'internal') throw badRequest(error.message);
    throw error;
  });

/** Gone with 2.44: https://docs.openstack.org/api-ref/compute/#add-associate-floating-ip-addfloatingip-action-deprecated */
export const ADDRESS_ACTIONS: Readonly<Record<string, AddressAction>> = {
  addFloatingIp: {
    summary: 'Until 2.43: let a floating IP lead to a server',
    schema: AddFloatingIp,
    async apply(context, request, server, argument) {
      const { address, fixed_address: wanted } = argument as Static<typeof AddFloatingIp>;
      const ports = await portsOf(context, request, { device_id: [server.id] });
      const fixed = ports.flatMap((port) =>
        port.fixed_ips.map(({ ip_address: ip }) => ({ port: port.id, ip })),
      );
      if (fixed.length === 0) throw badRequest('No fixed IPs associated to instance');
      const end = fixed.find(({ ip }) => (wanted === undefined ? isIPv4(ip) : ip === wanted));
      if (!end)
        throw badRequest(
          wanted === undefined
            ? `Unable to associate floating IP ${address.slice(0, 64)} to any fixed IPs for instance ${server.id}. Instance has no fixed IPv4 addresses to associate.`
            : 'Specified fixed address not assigned to instance',
        );
      const { id } = await floatingIp(context, request, address);
      await associate(context, request, id, { port_id: end.port, fixed_ip_address: end.ip }).catch(
        (error: unknown) => {
          if (!(error instanceof Fault) || error.kind === 'internal') throw error;
          if (error.kind === 'forbidden') throw forbidden(error.message);
          throw badRequest(
            `Unable to associate floating IP ${address} to fixed IP ${end.ip} for instance ${server.id}. Error: ${error.message}`,
          );
        },
      );
    },
  },
  removeFloatingIp: {
    summary: 'Until 2.43: let it lead nowhere',
    schema: OneAddress,
    async apply(context, request, server, argument) {
      const { address } = argument as Static<typeof OneAddress>;
      const found = await floatingIp(context, request, address);
      if (found.port_id === null || found.port_details?.device_id !== server.id)
        throw conflict(
          `Floating IP ${address} is not associated with instance ${server.id.slice(0, 64)}.`,
        );
      await associate(context, request, found.id, { port_id: null });
    },
  },
  addFixedIp: {
    summary: 'Until 2.43: give a server one more address in a network it has a port in',
    schema: OneNetwork,
    async apply(context, request, server, argument) {
      const network = String((argument as Static<typeof OneNetwork>).networkId);
      const [port] = await portsOf(context, request, {
        device_id: [server.id],
        network_id: [network],
      });
      const subnets = (
        await askNeutron(context.network, request, 'get_subnets', {
          query: { network_id: [network] },
        })
      )['subnets'] as { readonly id: string }[];
      if (!port || !subnets[0])
        throw notFound(`Network could not be found for instance ${server.id}.`);
      await setAddresses(context, request, port, [...port.fixed_ips, { subnet_id: subnets[0].id }]);
    },
  },
  removeFixedIp: {
    summary: 'Until 2.43: take an address from a server',
    schema: OneAddress,
    async apply(context, request, server, argument) {
      const { address } = argument as Static<typeof OneAddress>;
      const ports = await portsOf(context, request, { device_id: [server.id] });
      const port = ports.find(({ fixed_ips: ips }) =>
        ips.some(({ ip_address: ip }) => ip === address),
      );
      if (!port)
        throw badRequest(`Instance ${server.id} doesn't have fixed IP '${address.slice(0, 64)}'.`);
      await setAddresses(
        context,
        request,
        port,
        port.fixed_ips.filter(({ ip_address: ip }) => ip !== address),
      );
    },
  },
};

/** Nova had them for a network service of its own, and answers 410 since that is gone. */
export const GONE_ACTIONS = ['injectNetworkInfo', 'resetNetwork'] as const;

/** The action of that name that a body orders; undefined when it orders another one. */
export const addressActionOf = (body: Readonly<Record<string, unknown>>): string | undefined =>
  Object.keys(ADDRESS_ACTIONS).find((name) => Object.hasOwn(body, name));

export async function runAddressAction(
  context: ComputeContext,
  request: OperationRequest,
  name: string,
  argument: unknown,
): Promise<void> {
  const { major, minor } = request.microversion;
  if (!has(request.microversion, 'addressActions'))
    throw notFound(`API version '${major}.${minor}' is not supported on this method.`);
  const id = request.params['server_id']!;
  const server = await requireServer(context.database, request.caller, id);
  await ADDRESS_ACTIONS[name]!.apply(context, request, server, argument);
}
