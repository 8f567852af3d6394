import { hostname } from 'node:os';
import { isoSeconds } from '../../../core/time.ts';
import { operation, type Operation } from '../../operation.ts';
import { projectOf } from '../requests.ts';

/** How often the engine says that it is alive, in seconds: Heat's default. */
const INTERVAL = 60;

/**
 * `GET /services` and `GET /build_info`. There is one engine: the control plane itself, which answers only while it runs.
 *
 * https://docs.openstack.org/api-ref/orchestration/v1/#manage-service
 */
export function serviceOperations(id: string, started: Date, revision: string): Operation[] {
  return [
    operation({
      name: 'list_services',
      method: 'GET',
      path: '/v1/{tenant_id}/services',
      summary: 'The engines of this service',
      role: 'admin',
      success: 200,
      async handle(request) {
        projectOf(request);
        const host = hostname();
        return {
          body: {
            services: [
              {
                id,
                engine_id: id,
                hostname: host,
                host,
                binary: 'heat-engine',
                topic: 'engine',
                status: 'up',
                report_interval: INTERVAL,
                created_at: isoSeconds(started),
                updated_at: isoSeconds(new Date()),
                deleted_at: null,
              },
            ],
          },
        };
      },
    }),
    operation({
      name: 'show_build_info',
      method: 'GET',
      path: '/v1/{tenant_id}/build_info',
      summary: 'Which version answers',
      role: 'reader',
      success: 200,
      async handle(request) {
        projectOf(request);
        return { body: { api: { revision }, engine: { revision } } };
      },
    }),
  ];
}
