import { notSupportedByNetwork, notSupportedByPort } from './errors.ts';
import { SUPPORTED, type QosRuleType } from './rule-types.ts';
import type { LimitedPort } from './users.ts';

/** Fails with QosRuleNotSupported when OVN cannot do one of these for the port. */
export function checkPort(types: readonly QosRuleType[], port: LimitedPort): void {
  const bound = port.binding_host_id !== '';
  // What a port that is not bound will be, only its kind tells.
  const able = bound || port.binding_vnic_type === 'normal';
  const impossible = types.find((type) => !able || !SUPPORTED.includes(type));
  if (impossible !== undefined) throw notSupportedByPort(impossible, port.id);
}

/** Fails with QosRuleNotSupportedByNetwork when OVN cannot do one of these at all. */
export function checkNetwork(types: readonly QosRuleType[], networkId: string): void {
  const impossible = types.find((type) => !SUPPORTED.includes(type));
  if (impossible !== undefined) throw notSupportedByNetwork(impossible, networkId);
}
