/*
 * Keys of Northbound rows that have no name of their own.
 */
import { DROP_GROUP } from './names.ts';

export const keys = {
  dhcpOptions: (subnetId: string, portId?: string) =>
    portId === undefined ? subnetId : `${subnetId} ${portId}`,
  floatingNat: (floatingIpId: string) => floatingIpId,
  sourceNat: (routerId: string, logicalIp: string, externalIp: string) =>
    `${routerId} ${logicalIp} ${externalIp}`,
  bfd: (routerPort: string, nexthop: string) => `${routerPort} ${nexthop}`,
  route: (routerId: string, prefix: string, nexthop: string) => `${routerId} ${prefix} ${nexthop}`,
  groupDrop: (portGroup: string, direction: string) => `${portGroup} drop ${direction}`,
  drop: (direction: string) => `${DROP_GROUP} ${direction}`,
};
