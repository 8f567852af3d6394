import { sql } from 'kysely';
import { type Attributes, type AttributeType } from '../attributes/attribute.ts';
import { standardAttributes, type StandardRow } from '../attributes/standard.ts';
import { integer, ipAddress, oneOf, orNull, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import { formatRange, portRange, type PortRange } from './ranges.ts';

/** A port forwarding as it is read. */
export interface PortForwardingRow extends StandardRow {
  readonly floatingip_id: string;
  readonly protocol: 'tcp' | 'udp';
  readonly external_first: number;
  readonly external_last: number;
  readonly internal_port_id: string;
  readonly internal_ip_address: string;
  readonly internal_first: number;
  readonly internal_last: number;
}

/** What OVN's load balancers forward; in any case. */
const protocol: AttributeType = {
  ...oneOf('tcp', 'udp'),
  convert: (value) =>
    oneOf('tcp', 'udp').convert(typeof value === 'string' ? value.toLowerCase() : value),
};

/** Ranges as text: `first:last`. */
const rangeFilter = (first: string, last: string) => (values: readonly string[]) =>
  sql<boolean>`${sql.ref(first)} || ':' || ${sql.ref(last)} = any(${[...values]})`;

const singleFilter = (first: string, last: string) => (values: readonly string[]) =>
  sql<boolean>`${sql.ref(first)} = ${sql.ref(last)} and ${sql.ref(first)}::text = any(${[...values]})`;

const port = orNull(integer(1, 65_535));
const range = orNull(portRange);

const attributes = {
  id: standardAttributes.id,
  project_id: standardAttributes.project_id,
  tenant_id: standardAttributes.tenant_id,
  description: { type: text(255), post: true, put: true, initial: '', column: 'description' },
  protocol: { type: protocol, post: true, put: true, required: true, column: 'protocol' },
  external_port: {
    type: port,
    post: true,
    put: true,
    filter: singleFilter('o.external_first', 'o.external_last'),
    column: 'external_first',
  },
  external_port_range: {
    type: range,
    post: true,
    put: true,
    filter: rangeFilter('o.external_first', 'o.external_last'),
  },
  internal_port: {
    type: port,
    post: true,
    put: true,
    filter: singleFilter('o.internal_first', 'o.internal_last'),
    column: 'internal_first',
  },
  internal_port_range: {
    type: range,
    post: true,
    put: true,
    filter: rangeFilter('o.internal_first', 'o.internal_last'),
  },
  internal_ip_address: {
    type: orNull(ipAddress),
    post: true,
    put: true,
    column: 'internal_ip_address',
  },
  internal_port_id: {
    type: uuid,
    post: true,
    put: true,
    required: true,
    column: 'internal_port_id',
  },
  floatingip_id: { type: uuid, column: 'floatingip_id' },
} satisfies Attributes;

const single = ({ first, last }: PortRange): number | null => (first === last ? first : null);

export const external = (row: PortForwardingRow): PortRange => ({
  first: row.external_first,
  last: row.external_last,
});
export const internal = (row: PortForwardingRow): PortRange => ({
  first: row.internal_first,
  last: row.internal_last,
});

export const portForwardingNoun: Noun<PortForwardingRow> = {
  singular: 'port_forwarding',
  plural: 'port_forwardings',
  title: 'Port Forwarding',
  path: '/v2.0/floatingips/{floatingip_id}/port_forwardings',
  parameter: 'port_forwarding_id',
  table: 'network.port_forwardings',
  attributes,
  columns: sql`o.*`,
  view: (row) => ({
    id: row.id,
    description: row.description,
    protocol: row.protocol,
    external_port: single(external(row)),
    external_port_range: formatRange(external(row)),
    internal_port: single(internal(row)),
    internal_port_range: formatRange(internal(row)),
    internal_ip_address: row.internal_ip_address,
    internal_port_id: row.internal_port_id,
  }),
};
