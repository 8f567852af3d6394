import { sql } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import { badResource } from '../errors.ts';
import { computed } from '../attributes/types.ts';
import type { Addition, Extension } from '../drivers/extension.ts';
import { externalId } from '../northbound/rows.ts';
import { dnsAssignments, dnsDomain, relativeDnsName } from './names.ts';
import { namesOwner } from './owner.ts';

/** The names of a port's addresses. */
const assignments = (cloudDomain: string): Addition => ({
  noun: 'port',
  attributes: {
    dns_assignment: { type: computed('names of its addresses'), filter: () => sql<boolean>`false` },
  },
  view: ({ dns_name, fixed_ips }: { dns_name: string; fixed_ips: { ip_address: string }[] }) => ({
    dns_assignment: dnsAssignments(
      dns_name,
      fixed_ips.map(({ ip_address }) => ip_address),
      cloudDomain,
    ),
  }),
});

/** A domain of its own in which a network's ports are known beside the cloud's. */
const networkDomain: Addition = {
  noun: 'network',
  attributes: {
    dns_domain: { type: dnsDomain, post: true, put: true, initial: '', column: 'dns_domain' },
  },
  view: ({ dns_domain }: { dns_domain: string }) => ({ dns_domain }),
  async create({ transaction }, _caller, id, { dns_domain }) {
    if (dns_domain === '') return;
    await sql`update network.networks set dns_domain = ${dns_domain} where id = ${id}`.execute(
      transaction,
    );
  },
  async update(change, _caller, row: { id: string }, { dns_domain }) {
    await sql`update network.networks set dns_domain = ${dns_domain} where id = ${row.id}`.execute(
      change.transaction,
    );
    const { rows } = await sql<{ id: string }>`select id from network.ports
      where network_id = ${row.id} and dns_name <> ''`.execute(change.transaction);
    change.touch(...rows.map(({ id }) => `dns:${id}`));
  },
};

/** What an external DNS service should say of a floating IP. */
const floatingIpName: Addition = {
  noun: 'floatingip',
  attributes: {
    dns_name: { type: relativeDnsName, post: true, initial: '', column: 'dns_name' },
    dns_domain: { type: dnsDomain, post: true, initial: '', column: 'dns_domain' },
  },
  view: ({ dns_name, dns_domain }: { dns_name: string; dns_domain: string }) => ({
    dns_name,
    dns_domain,
  }),
  async create({ transaction }, _caller, id, { dns_name, dns_domain }) {
    if (dns_name === '' && dns_domain === '') return;
    if (dns_name === '' || dns_domain === '') {
      const [given, missing] =
        dns_name === '' ? ['dns_domain', 'dns_name'] : ['dns_name', 'dns_domain'];
      throw badResource('floatingip', `${given} cannot be specified without a ${missing}.`);
    }
    await sql`update network.floatingips set dns_name = ${dns_name}, dns_domain = ${dns_domain}
      where id = ${id}`.execute(transaction);
  },
};

const SWITCH = /^neutron-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Names of ports, which OVN answers to whoever asks in their network; `cloudDomain` is the option `dns_domain`. */
export const dns = (cloudDomain: string): Extension => ({
  name: 'dns',
  aliases: [
    { alias: 'dns-integration', name: 'DNS Integration', description: 'Names of ports' },
    {
      alias: 'dns-domain-ports',
      name: 'dns_domain for ports',
      description: 'Ports with a domain of their own',
    },
    {
      alias: 'subnet-dns-publish-fixed-ip',
      name: 'Subnet DNS Publish Fixed IP',
      description: 'Which subnets an external DNS service should publish',
    },
  ],
  owners: [namesOwner],
  rows: [
    {
      table: 'DNS',
      recognise(row) {
        const name = externalId(row, 'ls_name') ?? '';
        const network = SWITCH.exec(name)?.[1];
        if (network === undefined) return undefined;
        const port = externalId(row, 'port_id');
        // A switch's only row, as it was before there was one for each port: nobody wants it any more.
        if (port === undefined) return { key: name, owner: `dns:${network}` };
        return isUuid(port) ? { key: port, owner: `dns:${port}` } : undefined;
      },
    },
  ],
  memberships: [{ table: 'Logical_Switch', column: 'dns_records', child: 'DNS' }],
  additions: [assignments(cloudDomain), networkDomain, floatingIpName],
});
