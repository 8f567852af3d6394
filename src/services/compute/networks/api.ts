import { Fault, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { until } from '../microversions.ts';
import { policy } from '../policy.ts';
import { askNeutron } from '../security_groups/neutron.ts';

interface Network {
  readonly id: string;
  readonly name: string;
}

/** Members that Nova's own networks had: Nova still names them, without a value. */
const LOST = [
  'cidr', 'netmask', 'gateway', 'broadcast', 'dns1', 'dns2', 'cidr_v6', 'gateway_v6', 'netmask_v6',
] as const; // prettier-ignore
const LOST_FOR_ADMINISTRATORS = [
  'created_at', 'updated_at', 'deleted_at', 'deleted', 'injected', 'bridge', 'vlan', 'vpn_public_address',
  'vpn_public_port', 'vpn_private_address', 'dhcp_start', 'project_id', 'host', 'bridge_interface', 'multi_host',
  'priority', 'rxtx_base', 'mtu', 'dhcp_server', 'enable_dhcp', 'share_address',
] as const; // prettier-ignore

const networkView = ({ id, name }: Network, { caller }: OperationRequest) => ({
  ...Object.fromEntries(
    [...LOST, ...(caller.isAdmin ? LOST_FOR_ADMINISTRATORS : [])].map((member) => [member, null]),
  ),
  id,
  label: name,
});

/** Nova's text is Python's word for nothing. */
const tenantNetworkView = ({ id, name }: Network) => ({ id, cidr: 'None', label: name });

/**
 * Neutron's networks through Nova's door, gone with 2.36:
 * https://docs.openstack.org/api-ref/compute/#networks-os-networks-deprecated
 */
export function networkOperations({ network }: ComputeContext): Operation[] {
  const common = { method: 'GET', success: 200, until: until('networkProxies') } as const;
  const list = async (request: OperationRequest) =>
    (await askNeutron(network, request, 'get_networks'))['networks'] as Network[];
  const show = async (request: OperationRequest) => {
    const params = { network_id: request.params['network_id']! };
    const found = await askNeutron(network, request, 'get_network', { params }).catch(
      (error: unknown) => {
        if (error instanceof Fault && error.kind === 'notFound')
          throw notFound('Network not found');
        throw error;
      },
    );
    return found['network'] as Network;
  };
  const kinds = [
    ['networks', '/v2.1/os-networks', 'os-networks', networkView],
    ['tenant_networks', '/v2.1/os-tenant-networks', 'os-tenant-networks', tenantNetworkView],
  ] as const;
  return kinds.flatMap(([name, path, rule, view]) => [
    operation({
      ...common,
      name: `list_${name}`,
      path,
      summary: 'Networks by their names',
      role: policy.role(`${rule}:list`),
      async handle(request) {
        const networks = (await list(request)).map((one) => view(one, request));
        return { body: { networks } };
      },
    }),
    operation({
      ...common,
      name: `show_${name.slice(0, -1)}`,
      path: `${path}/{network_id}`,
      summary: 'The name of one network',
      role: policy.role(`${rule}:show`),
      handle: async (request) => ({ body: { network: view(await show(request), request) } }),
    }),
  ]);
}
