import { sql } from 'kysely';
import type { Logger } from '../../../core/log.ts';
import type { Projector } from '../../../ovn/desired.ts';
import type { PortStatusListener } from '../contract.ts';
import type { NetworkDatabase } from '../tables.ts';

/**
 * A distributed floating IP is answered by its server's host only while the server's port is up: whenever a port
 * comes or goes, the row of its floating IP may have to change.
 */
export function followServers(
  database: NetworkDatabase,
  projector: Projector,
  log: Logger,
): PortStatusListener {
  let waiting = new Set<string>();
  const mark = async () => {
    const ports = waiting;
    waiting = new Set();
    try {
      const { rows } = await sql<{ id: string }>`select f.id from network.floatingips f
        join network.routers r on r.id = f.router_id and r.distributed
        where f.fixed_port_id = any(${[...ports]}::uuid[])`.execute(database);
      projector.mark(...rows.map(({ id }) => `floatingip:${id}`));
    } catch (error) {
      log.warn({ err: error }, 'floating IPs of ports could not be looked up; trying again');
      for (const port of ports) waiting.add(port);
      setTimeout(() => void mark(), 1000).unref();
    }
  };
  return (portId) => {
    // Those of one tick are one question.
    if (waiting.size === 0) setImmediate(() => void mark());
    waiting.add(portId);
  };
}
