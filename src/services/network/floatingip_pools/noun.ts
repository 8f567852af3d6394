import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { cidr, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** An IPv4 subnet of an external network that floating IPs can be taken from. */
export interface FloatingIpPoolRow {
  readonly id: string;
  readonly project_id: string;
  readonly subnet_name: string;
  readonly network_id: string;
  readonly cidr: string;
}

const attributes = {
  subnet_id: { type: uuid, column: 'id' },
  subnet_name: { type: text(255), column: 'name' },
  network_id: { type: uuid, column: 'network_id' },
  cidr: { type: cidr, column: 'cidr' },
} satisfies Attributes;

const isPool = sql<boolean>`o.ip_version = 4 and exists (select 1 from network.networks n
  where n.id = o.network_id and n.external)`;

/** Pools as one project sees them: each is shown as its own. */
export const floatingIpPoolNoun = (projectId: string): Noun<FloatingIpPoolRow> => ({
  singular: 'floatingip_pool',
  plural: 'floatingip_pools',
  title: 'Floating IP Pool',
  path: '/v2.0/floatingip_pools',
  parameter: 'floatingip_pool_id',
  table: 'network.subnets',
  attributes,
  columns: sql`o.id, o.project_id, o.name as subnet_name, o.network_id, o.cidr`,
  visible: () => isPool,
  view: (row) => ({
    subnet_id: row.id,
    subnet_name: row.subnet_name,
    network_id: row.network_id,
    cidr: row.cidr,
    project_id: projectId,
    tenant_id: projectId,
  }),
});
