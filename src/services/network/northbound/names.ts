/*
 * Names of rows in Northbound, as Neutron's ML2/OVN driver forms them: what operators and tools look for.
 */

export const switchName = (networkId: string): string => `neutron-${networkId}`;
export const routerName = (routerId: string): string => `neutron-${routerId}`;
export const routerPortName = (portId: string): string => `lrp-${portId}`;
export const providerPortName = (networkId: string): string => `provnet-${networkId}`;
export const portGroupName = (groupId: string): string => `pg_${groupId.replaceAll('-', '_')}`;
export const gatewayChassisName = (portId: string, chassis: string): string =>
  `${routerPortName(portId)}_${chassis}`;

/** The group of all ports with port security: what no rule allows is dropped there. */
export const DROP_GROUP = 'neutron_pg_drop';
/** Owner of that group, which belongs to no object. */
export const DROP_OWNER = 'drop';
