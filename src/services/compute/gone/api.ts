import { Fault } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';

/** What Nova had and took back, for which it answers 410 at every microversion: path below `/v2.1`, methods. */
const GONE: readonly (readonly [path: string, methods: readonly Operation['method'][]])[] = [
  ['/os-agents', ['GET', 'POST']],
  ['/os-agents/{agent_build_id}', ['PUT', 'DELETE']],
  ['/os-cells', ['GET', 'POST']],
  ['/os-cells/capacities', ['GET']],
  ['/os-cells/detail', ['GET']],
  ['/os-cells/info', ['GET']],
  ['/os-cells/sync_instances', ['POST']],
  ['/os-cells/{cell_id}', ['GET', 'PUT', 'DELETE']],
  ['/os-cells/{cell_id}/capacities', ['GET']],
  ['/os-certificates', ['POST']],
  ['/os-certificates/{certificate_id}', ['GET']],
  ['/os-cloudpipe', ['GET', 'POST']],
  ['/os-cloudpipe/{cloudpipe_id}', ['PUT']],
  ['/os-fixed-ips/{fixed_ip}', ['GET']],
  ['/os-fixed-ips/{fixed_ip}/action', ['POST']],
  ['/os-floating-ip-dns', ['GET']],
  ['/os-floating-ip-dns/{domain}', ['PUT', 'DELETE']],
  ['/os-floating-ip-dns/{domain}/entries/{entry}', ['GET', 'PUT', 'DELETE']],
  ['/os-floating-ips-bulk', ['GET', 'POST']],
  ['/os-floating-ips-bulk/{host_name}', ['GET', 'PUT']],
  ['/os-fping', ['GET']],
  ['/os-fping/{instance_id}', ['GET']],
  ['/os-networks', ['POST']],
  ['/os-networks/add', ['POST']],
  ['/os-networks/{network_id}', ['DELETE']],
  ['/os-networks/{network_id}/action', ['POST']],
  ['/os-security-group-default-rules', ['GET', 'POST']],
  ['/os-security-group-default-rules/{rule_id}', ['GET', 'DELETE']],
  ['/os-tenant-networks', ['POST']],
  ['/os-tenant-networks/{network_id}', ['DELETE']],
  ['/servers/{server_id}/consoles', ['GET', 'POST']],
  ['/servers/{server_id}/consoles/{console_id}', ['GET', 'DELETE']],
  ['/servers/{server_id}/os-virtual-interfaces', ['GET']],
];

/** https://docs.openstack.org/api-ref/compute/ marks them as gone. */
export const goneOperations = (): Operation[] =>
  GONE.flatMap(([path, methods]) =>
    methods.map((method) =>
      operation({
        name: `gone_${method.toLowerCase()}${path.replaceAll(/\W+/g, '_').replace(/_$/, '')}`,
        method,
        path: `/v2.1${path}`,
        summary: 'Gone for good',
        role: 'authenticated',
        success: 410,
        async handle() {
          throw new Fault(
            'gone',
            'This resource is no longer available. No forwarding address is given.',
          );
        },
      }),
    ),
  );
