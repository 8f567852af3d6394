import { Type } from 'typebox';
import { Fault, badRequest, notFound } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { until } from '../microversions.ts';
import { policy } from '../policy.ts';
import { askNeutron } from '../security_groups/neutron.ts';

/** What Nova's documents take from Neutron's. */
interface FloatingIp {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly floating_network_id: string;
  readonly port_details: { readonly device_id: string } | null;
}
interface Network {
  readonly id: string;
  readonly name: string;
}

const poolOf = ({ id, name }: Network): string => name || id;

/**
 * Neutron's floating IPs through Nova's door, gone with 2.36:
 * https://docs.openstack.org/api-ref/compute/#floating-ips-os-floating-ips-deprecated
 */
export function floatingIpOperations({ network }: ComputeContext): Operation[] {
  const UNTIL = until('networkProxies');
  const path = '/v2.1/os-floating-ips';
  const one = `${path}/{floating_ip_id}`;

  /** External networks that the caller sees. */
  const pools = async (request: OperationRequest): Promise<Network[]> => {
    const query = { 'router:external': ['true'] };
    return (await askNeutron(network, request, 'get_networks', { query }))['networks'] as Network[];
  };
  const view = (floating: FloatingIp, networks: readonly Network[]) => {
    const pool = networks.find(({ id }) => id === floating.floating_network_id);
    return {
      id: floating.id,
      ip: floating.floating_ip_address,
      fixed_ip: floating.fixed_ip_address,
      instance_id: floating.port_details?.device_id || null,
      pool: pool ? poolOf(pool) : floating.floating_network_id,
    };
  };
  const find = async (request: OperationRequest): Promise<FloatingIp> => {
    const id = request.params['floating_ip_id']!;
    if (!isUuid(id)) throw badRequest(`Invalid ID received ${id.slice(0, 100)}.`);
    const query = { id: [id] };
    const found = (await askNeutron(network, request, 'get_floatingips', { query }))['floatingips'];
    const [floating] = found as FloatingIp[];
    if (!floating) throw notFound(`Floating IP not found for ID ${id}`);
    return floating;
  };

  return [
    operation({
      name: 'list_floating_ip_pools',
      method: 'GET',
      path: '/v2.1/os-floating-ip-pools',
      summary: 'External networks, of which floating IPs are taken',
      role: policy.role('os-floating-ip-pools'),
      success: 200,
      until: UNTIL,
      async handle(request) {
        const names = (await pools(request)).map((pool) => ({ name: poolOf(pool) }));
        return { body: { floating_ip_pools: names } };
      },
    }),
    operation({
      name: 'list_floating_ips',
      method: 'GET',
      path,
      summary: "The project's floating IPs",
      role: policy.role('os-floating-ips:list'),
      success: 200,
      until: UNTIL,
      async handle(request) {
        const query = { project_id: [request.caller.projectId ?? ''] };
        const [networks, document] = [
          await pools(request),
          await askNeutron(network, request, 'get_floatingips', { query }),
        ];
        const all = document['floatingips'] as FloatingIp[];
        return { body: { floating_ips: all.map((floating) => view(floating, networks)) } };
      },
    }),
    operation({
      name: 'create_floating_ip',
      method: 'POST',
      path,
      summary: 'Take a floating IP of an external network',
      role: policy.role('os-floating-ips:create'),
      success: 200,
      until: UNTIL,
      body: Type.Object(
        {
          pool: Type.Optional(
            Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]),
          ),
        },
        { additionalProperties: false },
      ),
      async handle(given) {
        const request = given as OperationRequest;
        const networks = await pools(request);
        const { pool: wanted } = given.body;
        const pool = wanted
          ? networks.find(({ id, name }) => id === wanted || name === wanted)
          : networks[0];
        if (!pool) throw notFound('Floating IP pool not found.');
        const made = await askNeutron(network, request, 'create_floatingip', {
          body: { floatingip: { floating_network_id: pool.id } },
        }).catch((error: unknown) => {
          const type = error instanceof Fault ? error.type : undefined;
          if (type === 'OverQuota')
            throw new Fault('forbidden', `IP allocation over quota in pool ${poolOf(pool)}.`);
          if (type === 'IpAddressGenerationFailure')
            throw notFound(`No more floating IPs in pool ${poolOf(pool)}.`);
          throw error;
        });
        return { body: { floating_ip: view(made['floatingip'] as FloatingIp, networks) } };
      },
    }),
    operation({
      name: 'show_floating_ip',
      method: 'GET',
      path: one,
      summary: 'One floating IP',
      role: policy.role('os-floating-ips:show'),
      success: 200,
      until: UNTIL,
      async handle(request) {
        const floating = await find(request);
        return { body: { floating_ip: view(floating, await pools(request)) } };
      },
    }),
    operation({
      name: 'delete_floating_ip',
      method: 'DELETE',
      path: one,
      summary: 'Give a floating IP back',
      role: policy.role('os-floating-ips:delete'),
      success: 202,
      until: UNTIL,
      async handle(request) {
        const { id } = await find(request);
        await askNeutron(network, request, 'delete_floatingip', { params: { floatingip_id: id } });
        return {};
      },
    }),
  ];
}
