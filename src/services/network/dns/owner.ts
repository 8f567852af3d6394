import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredNames, type NamesState } from './desired.ts';

export const namesOwner = ownerKind<NamesState>({
  kind: 'dns',
  // Names are those of things that are used: a port without a device has none, as with ML2/OVN.
  query: sql`select o.* from (select n.id, n.dns_domain,
      (select coalesce(json_agg(json_build_object('dns_name', p.dns_name, 'dns_domain', p.dns_domain,
          'addresses', array(select host(a.ip_address) from network.ip_allocations a
            where a.port_id = p.id order by a.position)) order by p.created_at, p.id), '[]')
        from network.ports p where p.network_id = n.id and p.dns_name <> '' and p.device_id <> '') as ports
    from network.networks n) o`,
  desired: (state, { options }) => desiredNames(state, options.dns_domain),
});
