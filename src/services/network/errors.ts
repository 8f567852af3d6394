import { badRequest, conflict, forbidden, notFound, type Fault } from '../../core/errors.ts';
import type { Caller } from '../identity/caller.ts';

/*
 * The network service's own faults. The types are the names of Neutron's exceptions: clients switch on them.
 */

export const networkNotFound = (id: string): Fault =>
  notFound(`Network ${id} could not be found.`, 'NetworkNotFound');
export const subnetNotFound = (id: string): Fault =>
  notFound(`Subnet ${id} could not be found.`, 'SubnetNotFound');
export const portNotFound = (id: string): Fault =>
  notFound(`Port ${id} could not be found.`, 'PortNotFound');
export const routerNotFound = (id: string): Fault =>
  notFound(`Router ${id} could not be found.`, 'RouterNotFound');
export const securityGroupNotFound = (id: string): Fault =>
  notFound(`Security group ${id} does not exist.`, 'SecurityGroupNotFound');

/** What was asked for contradicts itself or what is there. */
export const invalidInput = (sentence: string): Fault =>
  badRequest(`Invalid input for operation: ${sentence}`, 'InvalidInput');

/** Neutron's general refusal, `Bad network request` and the like: names the noun. */
export const badResource = (resource: string, sentence: string): Fault =>
  badRequest(`Bad ${resource} request: ${sentence}`, 'BadRequest');

export const overQuota = (resource: string, used: number, maximum: number): Fault =>
  conflict(
    `Quota exceeded for resources: ['${resource}']. The project uses ${used} of ${maximum}: delete some, or ask an administrator for a higher quota.`,
    'OverQuota',
  );

export const ipAddressInUse = (networkId: string, address: string): Fault =>
  conflict(
    `Unable to complete operation for network ${networkId}. The IP address ${address} is in use.`,
    'IpAddressInUse',
  );
export const ipAddressGenerationFailure = (where: string): Fault =>
  conflict(
    `No more IP addresses available on ${where}: delete ports there, widen its allocation pools or add a subnet.`,
    'IpAddressGenerationFailure',
  );
export const invalidIpForNetwork = (address: string): Fault =>
  badRequest(
    `IP address ${address} is not a valid IP for any of the subnets on the specified network.`,
    'InvalidIpForNetwork',
  );
export const invalidIpForSubnet = (address: string, cidr: string): Fault =>
  badRequest(
    `IP address ${address} is not a valid IP for the specified subnet ${cidr}.`,
    'InvalidIpForSubnet',
  );
export const macAddressInUse = (networkId: string, mac: string): Fault =>
  conflict(
    `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
    'MacAddressInUse',
  );

export const networkInUse = (id: string, ports: number): Fault =>
  conflict(
    `Unable to complete operation on network ${id}. There are one or more ports still in use on the network: delete them first, ${ports} in all.`,
    'NetworkInUse',
  );
export const subnetInUse = (id: string, reason: string): Fault =>
  conflict(`Unable to complete operation on subnet ${id}: ${reason}`, 'SubnetInUse');
export const portInUse = (portId: string, networkId: string, deviceId: string): Fault =>
  conflict(
    `Unable to complete operation on port ${portId} for network ${networkId}. Port already has an attached device ${deviceId}.`,
    'PortInUse',
  );
/** Nova's: a port that its user named is for the server of that name only. */
export const portNotUsableDns = (
  portId: string,
  deviceId: string,
  name: string,
  hostname: string,
): Fault =>
  badRequest(
    `Port ${portId} not usable for instance ${deviceId}. Value ${name} assigned to dns_name attribute does not match instance's hostname ${hostname}`,
    'PortNotUsableDNS',
  );
export const servicePortInUse = (portId: string, reason: string): Fault =>
  conflict(
    `Port ${portId} cannot be deleted directly via the port API: ${reason}.`,
    'ServicePortInUse',
  );
export const routerInUse = (id: string, reason: string): Fault =>
  conflict(`Router ${id} ${reason}`, 'RouterInUse');

export const policyNotAuthorized = (sentence: string): Fault =>
  forbidden(sentence, 'PolicyNotAuthorized');

/** Fails when the caller's token has not the least role of an operation that `checksRole` itself. */
export function checkRole(caller: Caller, role: string, action: string): void {
  if (caller.isAdmin || caller.roles.has(role)) return;
  const roles = [...caller.roles].toSorted().join(', ') || 'none';
  throw policyNotAuthorized(
    `Policy doesn't allow ${action} to be performed: it needs the role ${role}, and the token has ${roles}.`,
  );
}
