import { sql } from 'kysely';
import { Invalid, type Attributes, type AttributeType } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { integer, ipAddress, oneOf, orNull, record, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** Number of the tunnel for what the port receives (IN) and for what it sends (OUT). */
export type Directions = Partial<Record<'IN' | 'OUT', number>>;

/** A port whose packets are sent, within GRE or ERSPAN, to an address of the hosts' network. */
export interface TapMirrorRow extends StandardRow {
  readonly port_id: string;
  readonly directions: Directions;
  readonly remote_ip: string;
  readonly mirror_type: 'erspanv1' | 'gre';
}

const tunnel = orNull(integer(1, 2 ** 32 - 1));
const both = record({ IN: { type: tunnel }, OUT: { type: tunnel } });

const directions: AttributeType = {
  ...both,
  description: 'object with IN, OUT or both: the number of the tunnel',
  convert(value) {
    const given = both.convert(value) as Record<string, number | null>;
    const chosen = Object.entries(given).filter(([, id]) => id !== null);
    if (chosen.length === 0) throw new Invalid('it names no direction: IN, OUT or both');
    if (new Set(chosen.map(([, id]) => id)).size < chosen.length) {
      throw new Invalid('IN and OUT need tunnels of their own');
    }
    return Object.fromEntries(chosen);
  },
};

const {
  tags: _tags,
  created_at: _created,
  updated_at: _updated,
  revision_number: _revision,
  ...standard
} = standardAttributes;

const attributes = {
  ...standard,
  port_id: { type: uuid, post: true, required: true, column: 'port_id' },
  directions: { type: directions, post: true, required: true },
  remote_ip: { type: ipAddress, post: true, required: true, column: 'remote_ip' },
  mirror_type: {
    type: oneOf('erspanv1', 'gre'),
    post: true,
    required: true,
    column: 'mirror_type',
  },
} satisfies Attributes;

export const tapMirrorNoun: Noun<TapMirrorRow> = {
  singular: 'tap_mirror',
  plural: 'tap_mirrors',
  title: 'Tap Mirror',
  path: '/v2.0/taas/tap_mirrors',
  parameter: 'tap_mirror_id',
  table: 'network.tap_mirrors',
  attributes,
  columns: sql`o.*, host(o.remote_ip) as remote_ip, (select json_object_agg(t.direction, t.tunnel_id)
    from network.tap_mirror_tunnels t where t.tap_mirror_id = o.id) as directions`,
  view(row) {
    const { id, name, tenant_id, project_id, description } = standardView(row);
    return {
      id,
      name,
      tenant_id,
      project_id,
      description,
      port_id: row.port_id,
      directions: row.directions,
      remote_ip: row.remote_ip,
      mirror_type: row.mirror_type,
    };
  },
};
