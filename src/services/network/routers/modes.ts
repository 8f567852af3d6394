import { sql } from 'kysely';
import type { Change } from '../change.ts';
import { touchFloatingIps } from './gateway.ts';
import { routerSubnets } from './interfaces.ts';
import type { RouterRow } from './noun.ts';
import { placeGateways } from './placement.ts';

/** How a router is spread over hosts, as a request says it; null and missing say nothing. */
export interface RouterModes {
  readonly ha?: boolean | null;
  readonly distributed?: boolean | null;
}

/** Those that a request says. */
export const saidModes = ({ ha, distributed }: RouterModes) => ({
  ...(typeof ha === 'boolean' ? { ha } : {}),
  ...(typeof distributed === 'boolean' ? { distributed } : {}),
});

/**
 * After the router's row has its new modes: gateways get or lose the hosts that stand by, floating IPs and ports the
 * place where they are handled. Neutron wants the router down for that; OVN changes over while packets flow.
 */
export async function changeModes(
  change: Change,
  before: RouterRow,
  modes: ReturnType<typeof saidModes>,
): Promise<void> {
  const { ha = before.ha, distributed = before.distributed } = modes;
  if (ha !== before.ha) {
    // Asked for again: the same request may have brought a new one.
    const { rows } = await sql<{ port_id: string }>`select port_id from network.router_gateways
      where router_id = ${before.id}`.execute(change.transaction);
    const gateways = rows.map(({ port_id }) => port_id);
    const placed = await placeGateways(change.transaction, change.settings, gateways);
    change.touch(...placed.map((id) => `port:${id}`));
  }
  if (distributed !== before.distributed) {
    await touchFloatingIps(change, before.id);
    await touchPorts(change, before.id);
  }
}

/** All ports of the router: how gateways are reached depends on its mode and on the kinds of all its networks. */
export async function touchPorts(change: Change, routerId: string): Promise<void> {
  const ports = new Set(
    (await routerSubnets(change.transaction, routerId)).map((one) => one.port_id),
  );
  change.touch(...[...ports].map((id) => `port:${id}`));
}
