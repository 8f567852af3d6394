/*
 * Names of rows in Northbound, as Neutron's ML2/OVN driver forms them: what operators and tools look for.
 */

export const switchName = (networkId: string): string => `neutron-${networkId}`;
export const routerName = (routerId: string): string => `neutron-${routerId}`;
export const routerPortName = (portId: string): string => `lrp-${portId}`;
export const providerPortName = (segmentId: string): string => `provnet-${segmentId}`;
export const portGroupName = (groupId: string): string => `pg_${groupId.replaceAll('-', '_')}`;
export const gatewayChassisName = (portId: string, chassis: string): string =>
  `${routerPortName(portId)}_${chassis}`;

/** Addresses of one IP version that an address group has. */
export const addressSetName = (groupId: string, version: 4 | 6): string =>
  `ag_${groupId.replaceAll('-', '_')}_ip${version}`;
/** What ACLs that write to a log are called in it. */
export const logName = (logId: string): string => `neutron-${logId}`;
/** How much may be logged; stateless ACLs have one of their own, since each packet counts there. */
export const logMeterName = (stateful: boolean): string =>
  stateful ? 'acl_log_meter' : 'acl_log_meter_stateless';

/** The group of all ports with port security: what no rule allows is dropped there. */
export const DROP_GROUP = 'neutron_pg_drop';
/** Owner of that group, which belongs to no object. */
export const DROP_OWNER = 'drop';
