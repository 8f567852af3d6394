import type { ResourceType } from '../type.ts';
import { flavor } from './flavor.ts';
import { novaFloatingIp, novaFloatingIpAssociation } from './floating-ip.ts';
import { hostAggregate } from './host-aggregate.ts';
import { keyPair } from './key-pair.ts';
import { computeQuota } from './quota.ts';
import { serverGroup } from './server-group.ts';
import { server } from './server.ts';

/** What the compute service has. */
export const computeTypes: readonly ResourceType[] = [
  server,
  keyPair,
  flavor,
  serverGroup,
  hostAggregate,
  computeQuota,
  novaFloatingIp,
  novaFloatingIpAssociation,
];
