import type { Filter } from './filter.ts';

/** What hosts are and where they stand. */
export const HOST_FILTERS: readonly Filter[] = [
  {
    name: 'RequestedHost',
    short: 'are others than the one that was asked for',
    always: true,
    why: ({ host }, { host: only }) =>
      only !== undefined && host.name !== only ? `the server was asked for on ${only}` : undefined,
  },
  {
    name: 'ComputeFilter',
    short: 'are down',
    always: true,
    why({ host }) {
      if (host.forced_down) return 'it was declared down';
      if (!host.live) return 'its agent has never been heard of';
      if (!host.up)
        return `its agent has not been heard of for ${Math.round(Date.now() / 1000 - host.live.heartbeat)} s`;
      return undefined;
    },
  },
  {
    name: 'ComputeFilter',
    short: 'are disabled',
    why: ({ host }) =>
      host.disabled
        ? `it is disabled${host.disabled_reason ? ` (${host.disabled_reason})` : ''}`
        : undefined,
  },
  {
    name: 'AvailabilityZoneFilter',
    short: 'are in another availability zone',
    why: ({ zone }, { zone: wanted }) =>
      wanted !== undefined && wanted !== zone ? `it is in zone ${zone}, not ${wanted}` : undefined,
  },
];
