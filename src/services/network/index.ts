/**
 * The network service: Neutron's API v2.0 over OVN. PostgreSQL holds what was asked for; `<noun>/desired.ts`
 * says which Northbound rows that means, as Neutron's ML2/OVN driver would write them.
 */
export type {
  AllocationKeeper,
  AssociatedFloatingIp,
  ChassisBandwidths,
  HostRoute,
  MetadataPort,
  NetworkChange,
  NetworkChangeListener,
  NetworkService,
  NetworkSummary,
  NewPort,
  PortAddress,
  PortBinding,
  PortDescription,
  PortStatusListener,
  PortSubnet,
  PortSummary,
  RequestGroup,
  ResourceRequest,
  SecurityGroupSummary,
  TapFlowDescription,
  TapFlowListener,
} from './contract.ts';
export { networkSchema } from './migrations.ts';
export type { Driver } from './drivers/driver.ts';
export { loadDrivers } from './drivers/load.ts';
export { networkOptions, type NetworkOptions } from './options.ts';
export { createNetworkService, northboundTables, type NetworkDependencies } from './service.ts';
