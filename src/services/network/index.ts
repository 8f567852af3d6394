/**
 * The network service: Neutron's API v2.0 over OVN. PostgreSQL holds what was asked for; `<noun>/desired.ts`
 * says which Northbound rows that means, as Neutron's ML2/OVN driver would write them.
 */
export type {
  AssociatedFloatingIp,
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
  SecurityGroupSummary,
  ShownPort,
  TapFlowDescription,
  TapFlowListener,
} from './contract.ts';
export type {
  AllocationKeeper,
  ChassisBandwidths,
  RequestGroup,
  ResourceRequest,
} from './resource_requests/contract.ts';
export { networkSchema } from './migrations.ts';
export type { Driver } from './drivers/driver.ts';
export { loadDrivers } from './drivers/load.ts';
export { networkOptions, type NetworkOptions } from './options.ts';
export { createNetworkService, northboundTables, type NetworkDependencies } from './service.ts';
