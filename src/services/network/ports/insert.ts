import { sql } from 'kysely';
import { randomMac } from '../addresses/mac.ts';
import type { Change } from '../change.ts';
import { macAddressInUse } from '../errors.ts';
import type { PortPlan } from './create.ts';

/** A plan with its open questions answered; only the hardware address may be left to chance. */
export interface PortDraft extends PortPlan {
  readonly id: string;
  readonly port_security_enabled: boolean;
  readonly security_groups: readonly string[];
}

/** A port as it is inserted. */
export type InsertedPort = PortDraft & { readonly mac_address: string };

/** The columns that are written; a plan may leave open those with a value here. */
const COLUMNS = {
  id: undefined,
  project_id: undefined,
  name: '',
  description: '',
  tags: [],
  network_id: undefined,
  mac_address: undefined,
  admin_state_up: true,
  status: 'DOWN',
  device_id: undefined,
  device_owner: undefined,
  port_security_enabled: undefined,
  binding_host_id: '',
  binding_vnic_type: 'normal',
  binding_profile: {},
  allowed_address_pairs: [],
  extra_dhcp_opts: [],
  dns_name: '',
  dns_domain: '',
  binding_failed: false,
  ip_allocation: 'immediate',
  device_profile: null,
  numa_affinity_policy: null,
  router_id: null,
} satisfies Partial<Record<keyof PortPlan, unknown>>;

const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
const columns = sql.join(names.map((name) => sql.ref(name)));

/** Inserts the rows with their groups; each has the hardware address it asks for, or a new one. */
export async function insertPorts(
  change: Change,
  drafts: readonly PortDraft[],
): Promise<InsertedPort[]> {
  const ports = new Map<string, InsertedPort>();
  for (let open = drafts; open.length > 0;) {
    const tried = open.map((draft) => ({
      ...draft,
      mac_address: draft.mac_address ?? randomMac(),
    }));
    const inserted = await insertNew(change, tried);
    for (const port of tried) {
      if (inserted.has(port.id)) ports.set(port.id, port);
    }
    open = open.filter(({ id }) => !inserted.has(id));
    const refused = open.find(({ mac_address }) => mac_address !== undefined);
    if (refused !== undefined) throw macAddressInUse(refused.network_id, refused.mac_address!);
  }
  return drafts.map(({ id }) => ports.get(id)!);
}

/** Inserts the ports whose hardware address is free in their network, and gives their ids. */
async function insertNew(
  { transaction }: Change,
  ports: readonly InsertedPort[],
): Promise<Set<string>> {
  // One parameter however many ports there are, so that the statement is always the same and its plan is kept.
  const rows = JSON.stringify(
    ports.map((port) =>
      Object.fromEntries(names.map((name) => [name, port[name] ?? COLUMNS[name]])),
    ),
  );
  const members = ports.flatMap(({ id, security_groups }) =>
    security_groups.map((group) => ({ id, group })),
  );
  const { rows: inserted } = await sql<{ id: string }>`
    with port as (
      insert into network.ports (${columns})
      select ${columns} from json_populate_recordset(null::network.ports, ${rows})
      on conflict on constraint ports_mac do nothing returning id),
    member as (
      insert into network.port_security_groups (port_id, security_group_id)
      select port.id, wanted.security_group_id
      from unnest(${members.map(({ id }) => id)}::uuid[],
        ${members.map(({ group }) => group)}::uuid[]) as wanted (port_id, security_group_id)
      join port on port.id = wanted.port_id)
    select id from port`.execute(transaction);
  return new Set(inserted.map(({ id }) => id));
}
