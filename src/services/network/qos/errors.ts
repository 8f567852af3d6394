import { conflict, Fault, forbidden, notFound } from '../../../core/errors.ts';

export const policyInUse = (id: string, kind: string, user: string): Fault =>
  conflict(
    `QoS Policy ${id} is used by ${kind} ${user}: take it away there first.`,
    'QosPolicyInUse',
  );
export const defaultExists = (projectId: string): Fault =>
  conflict(
    `A default QoS policy exists for project ${projectId}: unset its is_default first.`,
    'QoSPolicyDefaultAlreadyExists',
  );
export const ruleNotFound = (policyId: string, id: string): Fault =>
  notFound(
    `QoS rule ${id.slice(0, 255)} for policy ${policyId} could not be found.`,
    'QosRuleNotFound',
  );
export const sameRule = (policyId: string, type: string, other: string): Fault =>
  conflict(
    `Rule ${type} conflicts with rule ${other} which already exists in QoS Policy ${policyId}: change that one instead.`,
    'QoSRulesConflict',
  );
export const contradiction = (
  policyId: string,
  value: unknown,
  otherType: string,
  otherValue: unknown,
): Fault =>
  conflict(
    `Unable to add the rule with value ${String(value)} to the policy ${policyId} as the existing rule of type ${otherType} has value ${String(otherValue)}.`,
    'QoSRuleParameterConflict',
  );
export const notSupportedByPort = (type: string, portId: string): Fault =>
  conflict(`Rule ${type} is not supported by port ${portId}.`, 'QosRuleNotSupported');
export const notSupportedByNetwork = (type: string, networkId: string): Fault =>
  conflict(
    `Rule ${type} is not supported by network ${networkId}.`,
    'QosRuleNotSupportedByNetwork',
  );
export const countedInPlacement = (policyId: string, portId: string): Fault =>
  new Fault(
    'notImplemented',
    `Cannot update QoS policies/rules backed by resources tracked in Placement: port ${portId} of a server has policy ${policyId}. Make another policy and give the port that one.`,
    { type: 'NotImplementedError' },
  );
export const mayNotRemove = (policyId: string): Fault =>
  forbidden(
    `Failed to remove provided policy ${policyId} because you are not authorized: it belongs to another project.`,
    'PolicyRemoveAuthorizationError',
  );
