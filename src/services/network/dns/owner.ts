import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredNames, type NamesState } from './desired.ts';

export const namesOwner = ownerKind<NamesState>({
  kind: 'dns',
  // Names are those of things that are used: a port without a device has none, as with ML2/OVN.
  query: sql`select o.* from (select p.id, p.network_id, n.dns_domain as network_domain,
      (select json_agg(json_build_object('id', q.id, 'dns_name', q.dns_name, 'dns_domain', q.dns_domain,
          'addresses', array(select host(a.ip_address) from network.ip_allocations a
            where a.port_id = q.id order by a.position)) order by q.created_at, q.id)
        from network.ports q where q.network_id = p.network_id and q.dns_name <> '' and q.device_id <> ''
          and split_part(q.dns_name, '.', 1) = split_part(p.dns_name, '.', 1)) as ports
    from network.ports p join network.networks n on n.id = p.network_id
    where p.dns_name <> '' and p.device_id <> '') o`,
  desired: (state, { options }) => desiredNames(state, options.dns_domain),
});
