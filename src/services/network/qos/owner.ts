import { sql, type RawBuilder } from 'kysely';
import { typeOf } from '../segments/place.ts';

/** The rules of a policy as JSON. */
const rulesOf = (policyId: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(select coalesce(json_agg(json_build_object('type', r.type, 'direction', r.direction,
      'max_kbps', r.max_kbps, 'max_burst_kbps', r.max_burst_kbps, 'min_kbps', r.min_kbps,
      'dscp_mark', r.dscp_mark) order by r.type, r.direction), '[]')
    from network.qos_rules r where r.policy_id = ${policyId})`;

/** Column `qos` of a port's state: `o` the port, `n` its network, whose policy holds where the port has none. */
export const portQos = sql`case when coalesce(o.qos_policy_id, n.qos_policy_id) is not null then
  json_build_object('physical', ${typeOf('n')} in ('flat', 'vlan'),
    'rules', ${rulesOf(sql`coalesce(o.qos_policy_id, n.qos_policy_id)`)}) end as qos`;

/** Column `qos` of a floating IP's state: `o` the floating IP, whose network's policy holds where it has none. */
export const floatingQos = sql`(select json_build_object(
    'gateway_port_id', (select g.id from network.ports g where g.router_id = o.router_id
      and g.network_id = o.floating_network_id and g.device_owner = 'network:router_gateway'
      order by g.created_at, g.id limit 1),
    'rules', ${rulesOf(sql`coalesce(o.qos_policy_id, q.qos_policy_id)`)})
  from network.networks q where q.id = o.floating_network_id
    and coalesce(o.qos_policy_id, q.qos_policy_id) is not null) as qos`;
