import type { Filter } from './filter.ts';

/** Who must live together and who must not. */
export const GROUP_FILTERS: readonly Filter[] = [
  {
    name: 'ServerGroupAffinityFilter',
    short: "are not the host of the server group's members",
    why({ host }, { group }, { groupHosts }) {
      return group?.policy === 'affinity' && groupHosts.size > 0 && !groupHosts.has(host.name)
        ? `the members of server group ${group.id} live on ${[...groupHosts].join(', ')}`
        : undefined;
    },
  },
  {
    name: 'ServerGroupAntiAffinityFilter',
    short: "have as many of the server group's members as they may",
    why({ members }, { group }) {
      if (group?.policy !== 'anti-affinity') return undefined;
      const most = group.rules.max_server_per_host ?? 1;
      return members >= most
        ? `it has ${members} of server group ${group.id}, which allows ${most} on a host`
        : undefined;
    },
  },
  {
    name: 'SameHostFilter',
    short: 'have none of the servers that the hint same_host names',
    why: ({ known }, { sameHost }) =>
      sameHost.length > 0 && !sameHost.some((id) => known.has(id))
        ? `none of the servers ${sameHost.join(', ')} lives there (hint same_host)`
        : undefined,
  },
  {
    name: 'DifferentHostFilter',
    short: 'have a server that the hint different_host names',
    why({ known }, { differentHost }) {
      const there = differentHost.filter((id) => known.has(id));
      return there.length > 0
        ? `the servers ${there.join(', ')} live there (hint different_host)`
        : undefined;
    },
  },
];
