import { conflict } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { has } from '../microversions.ts';
import { checkCapability } from '../servers/actions.ts';
import { requireServer } from '../servers/model.ts';
import { flatView, standardView, type HostDiagnostics } from './view.ts';

/** https://docs.openstack.org/api-ref/compute/#servers-diagnostics-servers-diagnostics */
export function diagnosticsOperations(context: ComputeContext): Operation[] {
  const { database, hosts } = context;
  return [
    operation({
      name: 'show_server_diagnostics',
      method: 'GET',
      path: '/v2.1/servers/{server_id}/diagnostics',
      summary: 'What a running server uses: processors, memory, disks, interfaces',
      role: policy.role('os-server-diagnostics'),
      success: 200,
      async handle(request) {
        const server = await requireServer(database, request.caller, request.params['server_id']!);
        checkCapability(hosts, server, 'diagnostics');
        const live = hosts.live(server.host ?? '');
        if (live === undefined || !['active', 'paused', 'rescued'].includes(server.vm_state))
          throw conflict(`Instance ${server.id} is not ready: it does not run.`);
        const answer = await context.console.ask(server, 'diagnostics', {});
        const seen = JSON.parse(answer) as HostDiagnostics;
        const isStandard = has(request.microversion, 'standardDiagnostics');
        return { body: isStandard ? standardView(server, live, seen) : flatView(seen) };
      },
    }),
  ];
}
