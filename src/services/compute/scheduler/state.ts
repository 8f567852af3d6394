import { sql } from 'kysely';
import type { Transaction } from '../../../database/database.ts';
import type { RequestGroup } from '../../network/index.ts';
import type { ProviderUsage } from '../../placement/index.ts';
import { loadAggregates, lockAggregates, type Aggregate } from '../aggregates/model.ts';
import { zoneOfHost } from '../aggregates/rules.ts';
import type { ComputeContext } from '../context.ts';
import type { Host } from '../hosts/directory.ts';
import type { ServerGroup } from '../server_groups/model.ts';
import type { ServerFlavor, ServerImage } from '../tables.ts';

/** What a server needs of a host. */
export interface Need {
  readonly projectId: string;
  readonly flavor: ServerFlavor;
  readonly image: ServerImage;
  readonly imageProperties: Readonly<Record<string, string>>;
  readonly zone: string | undefined;
  /** Only this host will do (administrators). */
  readonly host: string | undefined;
  /** The host was named with its zone (`ZONE:HOST`): only what makes it impossible counts. */
  readonly isForced: boolean;
  readonly group: ServerGroup | undefined;
  /** Ids of servers with which, and without which, it shall share a host (hints `same_host`, `different_host`). */
  readonly sameHost: readonly string[];
  readonly differentHost: readonly string[];
  /** What its ports need of the host, each group from one provider below it. */
  readonly groups: readonly RequestGroup[];
}

/** A host as the scheduler sees it. */
export interface HostState {
  readonly host: Host;
  /** Undefined: it has not told yet what it has. */
  readonly provider: ProviderUsage | undefined;
  /** Providers below it: who has the bandwidth of its physical networks. */
  readonly nested: readonly ProviderUsage[];
  readonly zone: string;
  /** Those it is in. */
  readonly aggregates: readonly Aggregate[];
  /** How many servers live there. */
  readonly servers: number;
  /** Ids of those that matter: members of the server's group, and those that its hints name. */
  readonly known: ReadonlySet<string>;
  /** How many of them are members of its group. */
  readonly members: number;
}

/** The cloud as the scheduler sees it. */
export interface Cloud {
  readonly states: readonly HostState[];
  /** Keys of the metadata of all aggregates: what no aggregate speaks of, no flavor can ask of one. */
  readonly aggregateKeys: ReadonlySet<string>;
  /** Hosts of the group's members. */
  readonly groupHosts: ReadonlySet<string>;
}

/**
 * Reads all hosts for one need. Zones stay as they are until the transaction ends, and so does who is in the server's
 * group (whoever makes another member waits for its row).
 */
export async function loadCloud(
  { hosts, placement }: Pick<ComputeContext, 'hosts' | 'placement'>,
  transaction: Transaction,
  need: Need,
): Promise<Cloud> {
  await lockAggregates(transaction, 'read');
  const [all, aggregates, everyProvider] = [
    await hosts.list(transaction),
    await loadAggregates(transaction),
    await placement.providersWithUsage(transaction),
  ];
  const providers = new Map(everyProvider.map((one) => [one.id, one]));
  const named = [...need.sameHost, ...need.differentHost];
  const { rows } = await sql<{ host: string; servers: number; known: string[]; members: number }>`
    select host, count(*) as servers,
      count(*) filter (where server_group_id = ${need.group?.id ?? null}::uuid) as members,
      coalesce(array_agg(id::text) filter (where id = any(${named}::uuid[])), '{}') as known
    from compute.servers where host is not null and deleted_at is null group by host
  `.execute(transaction);
  const counted = new Map(rows.map((row) => [row.host, row]));
  return {
    states: all.map((host) => {
      const count = counted.get(host.name);
      return {
        host,
        provider: providers.get(host.id),
        nested: everyProvider.filter(({ id, rootId }) => rootId === host.id && id !== host.id),
        zone: zoneOfHost(aggregates, host.name),
        aggregates: aggregates.filter(({ hosts: names }) => names.includes(host.name)),
        servers: count?.servers ?? 0,
        known: new Set(count?.known),
        members: count?.members ?? 0,
      };
    }),
    aggregateKeys: new Set(aggregates.flatMap(({ metadata }) => Object.keys(metadata))),
    groupHosts: new Set(rows.filter(({ members }) => members > 0).map(({ host }) => host)),
  };
}
