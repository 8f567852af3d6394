import { sql, type RawBuilder } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import { canonicalIp } from '../addresses/ip.ts';
import { randomMac } from '../addresses/mac.ts';
import type { Attributes, AttributeType } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import {
  boolean,
  cidr,
  dictionary,
  integer,
  ipAddress,
  listOf,
  macAddress,
  oneOf,
  orNull,
  record,
  text,
  uuid,
} from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import { tagList } from '../tags/tag-list.ts';
import { dnsDomain, dnsName } from '../dns/names.ts';
import { bindingView, vnicType } from '../port_bindings/view.ts';
import type { AddressPairJson, ExtraDhcpOptionJson } from '../tables.ts';

/** An address of a port, as the API writes it. */
export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

/** A port as it is read. */
export interface PortRow extends StandardRow {
  readonly network_id: string;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
  readonly status: 'ACTIVE' | 'DOWN' | 'N/A';
  readonly device_id: string;
  readonly device_owner: string;
  readonly port_security_enabled: boolean;
  readonly binding_host_id: string;
  readonly binding_vnic_type: string;
  readonly binding_profile: Record<string, unknown>;
  readonly allowed_address_pairs: AddressPairJson[];
  readonly extra_dhcp_opts: ExtraDhcpOptionJson[];
  readonly dns_name: string;
  readonly dns_domain: string;
  /** `none` for a port that was made without addresses on purpose, `deferred` until it has a host. */
  readonly ip_allocation: 'immediate' | 'deferred' | 'none';
  readonly data_plane_status: 'ACTIVE' | 'DOWN' | null;
  readonly device_profile: string | null;
  readonly numa_affinity_policy: string | null;
  /** No host could take the port the last time that it was bound. */
  readonly binding_failed: boolean;
  readonly router_id: string | null;
  readonly fixed_ips: FixedIp[];
  readonly security_groups: string[];
}

const fixedIp = record({ subnet_id: { type: uuid }, ip_address: { type: ipAddress } });
const addressPair = record({
  ip_address: { type: addressOrRange(), required: true },
  mac_address: { type: macAddress },
});
const dhcpOption = record({
  opt_name: { type: text(64), required: true },
  opt_value: { type: orNull(text(255)), required: true },
  ip_version: { type: integer(4, 6) },
});

/** A pair's address may be a range; one address is written without its length. */
function addressOrRange() {
  return {
    ...cidr,
    convert(value: unknown): unknown {
      const single = typeof value === 'string' ? canonicalIp(value) : undefined;
      return single ?? cidr.convert(value);
    },
  };
}

/** A hardware address; null asks for a new one. */
const macOrNew: AttributeType = {
  ...macAddress,
  convert: (value) => (value === null ? randomMac() : macAddress.convert(value)),
};

/** `fixed_ips=ip_address=10.0.0.3`, `subnet_id=…`, `ip_address_substr=…`: all must hold. */
function fixedIpFilter(values: readonly string[]): RawBuilder<boolean> {
  const conditions = values.map((value) => {
    const [key, wanted = ''] = value.split(/[=:](.*)/s);
    const where = fixedIpCondition(key ?? '', wanted);
    return sql<boolean>`exists (select 1 from network.ip_allocations a where a.port_id = o.id and ${where})`;
  });
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

function fixedIpCondition(key: string, wanted: string): RawBuilder<boolean> {
  const ip = canonicalIp(wanted);
  if (key === 'ip_address' && ip !== undefined) return sql<boolean>`a.ip_address = ${ip}::inet`;
  if (key === 'subnet_id' && isUuid(wanted)) return sql<boolean>`a.subnet_id = ${wanted}::uuid`;
  if (key === 'ip_address_substr') {
    return sql<boolean>`position(${wanted} in host(a.ip_address)) > 0`;
  }
  return sql<boolean>`false`;
}

const admin = { post: true, put: true, adminSets: true, adminSees: true } as const;
const never = {
  filter: () => sql<boolean>`false`,
};

const attributes = {
  ...standardAttributes,
  tags: { ...standardAttributes.tags, type: tagList, post: true, initial: [] },
  network_id: { type: uuid, post: true, required: true, column: 'network_id' },
  admin_state_up: { type: boolean, post: true, put: true, initial: true, column: 'admin_state_up' },
  status: { type: oneOf('ACTIVE', 'DOWN', 'N/A'), column: 'status' },
  mac_address: { type: macOrNew, post: true, put: true, column: 'mac_address' },
  fixed_ips: {
    type: listOf(fixedIp, 100),
    post: true,
    put: true,
    filter: fixedIpFilter,
  },
  device_id: { type: text(255), post: true, put: true, initial: '', column: 'device_id' },
  device_owner: { type: text(255), post: true, put: true, initial: '', column: 'device_owner' },
  security_groups: {
    type: listOf(uuid, 100),
    post: true,
    put: true,
    filter: (values) => sql<boolean>`exists (select 1 from network.port_security_groups g
      where g.port_id = o.id and g.security_group_id = any(${values.filter(isUuid)}::uuid[]))`,
  },
  port_security_enabled: {
    type: boolean,
    post: true,
    put: true,
    column: 'port_security_enabled',
  },
  allowed_address_pairs: { type: listOf(addressPair, 10), post: true, put: true, initial: [] },
  extra_dhcp_opts: { type: listOf(dhcpOption, 50), post: true, put: true, initial: [] },
  dns_name: { type: dnsName, post: true, put: true, initial: '', column: 'dns_name' },
  dns_domain: { type: dnsDomain, post: true, put: true, initial: '', column: 'dns_domain' },
  ip_allocation: { type: oneOf('immediate', 'deferred', 'none'), column: 'ip_allocation' },
  data_plane_status: {
    type: orNull(oneOf('ACTIVE', 'DOWN')),
    put: true,
    adminSets: true,
    column: 'data_plane_status',
  },
  device_profile: {
    type: orNull(text(255)),
    post: true,
    adminSets: true,
    adminSees: true,
    initial: null,
    column: 'device_profile',
  },
  numa_affinity_policy: {
    ...admin,
    type: orNull(oneOf('required', 'preferred', 'legacy')),
    initial: null,
    column: 'numa_affinity_policy',
  },
  'binding:host_id': {
    ...admin,
    type: orNull(text(255)),
    initial: '',
    column: 'binding_host_id',
  },
  'binding:profile': { ...admin, type: orNull(dictionary), initial: {} },
  'binding:vnic_type': {
    type: vnicType,
    post: true,
    put: true,
    initial: 'normal',
    column: 'binding_vnic_type',
  },
  'binding:vif_type': { type: text(), adminSees: true, ...never },
  'binding:vif_details': { type: dictionary, adminSees: true, ...never },
} satisfies Attributes;

export const portNoun: Noun<PortRow> = {
  singular: 'port',
  plural: 'ports',
  title: 'Port',
  path: '/v2.0/ports',
  parameter: 'port_id',
  table: 'network.ports',
  attributes,
  // Joined texts that are taken apart and sorted here: of a thousand ports JSON and sorted arrays cost twice the time.
  columns: sql`o.*,
    (select string_agg(a.position || ' ' || a.subnet_id || ' ' || host(a.ip_address), ',')
      from network.ip_allocations a where a.port_id = o.id) as fixed_ips,
    (select string_agg(g.security_group_id::text, ',')
      from network.port_security_groups g where g.port_id = o.id) as security_groups`,
  read: (raw) => {
    const row = raw as { -readonly [Column in keyof PortRow]: PortRow[Column] };
    const joined = raw as unknown as Record<'fixed_ips' | 'security_groups', string | null>;
    const addresses = joined.fixed_ips?.split(',').map((text) => text.split(' ')) ?? [];
    if (addresses.length > 1) addresses.sort(([a], [b]) => Number(a) - Number(b));
    const groups = joined.security_groups?.split(',') ?? [];
    row.fixed_ips = addresses.map(([, subnet, ip]) => ({ subnet_id: subnet!, ip_address: ip! }));
    row.security_groups = groups.length > 1 ? groups.toSorted() : groups;
    return row;
  },
  deletedBySeer: true,
  // The owner of a network sees what is plugged into it.
  visible: (caller) => sql<boolean>`(o.project_id = ${caller.projectId ?? ''} or exists (select 1
    from network.networks n where n.id = o.network_id and n.project_id = ${caller.projectId ?? ''}))`,
  view: (row) => ({
    ...standardView(row),
    network_id: row.network_id,
    admin_state_up: row.admin_state_up,
    status: row.status,
    mac_address: row.mac_address,
    fixed_ips: row.fixed_ips,
    device_id: row.device_id,
    device_owner: row.device_owner,
    security_groups: row.security_groups,
    port_security_enabled: row.port_security_enabled,
    // A pair without a hardware address is one with the port's own.
    allowed_address_pairs: row.allowed_address_pairs.map((pair) => ({
      ip_address: pair.ip_address,
      mac_address: pair.mac_address ?? row.mac_address,
    })),
    extra_dhcp_opts: row.extra_dhcp_opts,
    dns_name: row.dns_name,
    dns_domain: row.dns_domain,
    ip_allocation: row.ip_allocation,
    data_plane_status: row.data_plane_status,
    device_profile: row.device_profile,
    numa_affinity_policy: row.numa_affinity_policy,
    'binding:host_id': row.binding_host_id,
    'binding:profile': row.binding_profile,
    'binding:vnic_type': row.binding_vnic_type,
    ...bindingView(row),
  }),
};
