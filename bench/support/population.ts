import { Scenario } from '../../tests/support/scenario.ts';
import type { MeasuredCloud } from './context.ts';

/** A network that is being filled with ports. */
export interface PortRoom {
  readonly networkId: string;
}

/** Lets the administrator's project have as much as the bench makes; limits stay finite, so that they are counted. */
export async function raiseQuotas({ api }: MeasuredCloud): Promise<void> {
  await api.put(`/network/v2.0/quotas/${api.projectId}`, {
    quota: { network: 1000, subnet: 1000, port: 100_000, security_group_rule: 1000 },
  });
}

const AT_ONCE = 100;
let rooms = 0;

/** Fills a network, a new one unless given, until it has so many ports of the default kind. */
export async function fillPorts(
  { cloud, api }: MeasuredCloud,
  room: PortRoom | undefined,
  count: number,
): Promise<PortRoom> {
  const networkId =
    room?.networkId ??
    (await new Scenario(cloud, api).network('ports', `10.${50 + rooms++}.0.0/16`)).id;
  // A network has a port or two of its own.
  const { ports } = await api.get(`/network/v2.0/ports?network_id=${networkId}&fields=id`);
  for (let present = ports.length; present < count; present += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - present);
    await api.post('/network/v2.0/ports', {
      ports: Array.from({ length }, () => ({ network_id: networkId })),
    });
  }
  return { networkId };
}

/** Makes ACTIVE servers of the fake driver on one network. */
export async function fillServers({ cloud, api }: MeasuredCloud, count: number): Promise<void> {
  const scenario = new Scenario(cloud, api);
  await api.put(`/compute/v2.1/os-quota-sets/${api.projectId}`, {
    quota_set: { instances: -1, cores: -1, ram: -1 },
  });
  await makeRoom(api);
  const network = await scenario.network('servers', '10.90.0.0/16');
  const [imageRef, flavorRef] = [await scenario.image(), await scenario.flavor('m1.nano')];
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const { server } = await api.post('/compute/v2.1/servers', {
      server: { name: `bench-${index}`, imageRef, flavorRef, networks: [{ uuid: network.id }] },
    });
    ids.push(server.id);
  }
  for (const id of ids) await scenario.becomes(id, 'ACTIVE');
}

/** Lets the hosts take far more than they have: nothing of it will really run. */
export async function makeRoom(api: MeasuredCloud['api']): Promise<void> {
  const { resource_providers: providers } = await api.get('/placement/resource_providers');
  for (const { uuid } of providers as { uuid: string }[]) {
    const path = `/placement/resource_providers/${uuid}/inventories`;
    const { inventories, resource_provider_generation } = await api.get<{
      inventories: Record<string, { allocation_ratio: number }>;
      resource_provider_generation: number;
    }>(path);
    for (const inventory of Object.values(inventories)) inventory.allocation_ratio = 1000;
    await api.put(path, { inventories, resource_provider_generation });
  }
}
