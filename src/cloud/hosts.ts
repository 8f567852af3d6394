import { messageOf } from '../core/errors.ts';
import { sleep } from '../core/time.ts';
import { administrate, type Session } from './api.ts';
import type { Cloud } from './cloud.ts';
import { logTail } from './unit.ts';

/** Milliseconds that the host's agent has for reporting itself. */
const PATIENCE = 20_000;

/** Resolves when compute says that a host of this machine is up, so that a server can be made at once, or was declared down. */
export async function waitForHost(cloud: Cloud, host: string, component: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  let trouble = '';
  let session: Session | undefined;
  for (let pause = 20; performance.now() < deadline; pause = Math.min(pause * 1.3, 250)) {
    try {
      session ??= await administrate(cloud);
      const { services } = await session.ask<{
        services: { host: string; state: string; forced_down: boolean }[];
      }>('GET', '/compute/v2.1/os-services?binary=nova-compute', {
        headers: { 'openstack-api-version': 'compute 2.11' },
      });
      const service = services.find((entry) => entry.host === host);
      // One that somebody declared down stays so until they say otherwise.
      if (service?.state === 'up' || service?.forced_down === true) return;
      trouble = service === undefined ? 'it has not reported itself yet' : `it is ${service.state}`;
    } catch (error) {
      trouble = messageOf(error);
    }
    await sleep(pause);
  }
  throw new Error(
    `the host ${host} did not come up: ${trouble}. Its agent's last words:\n${logTail(cloud, component)}`,
  );
}
