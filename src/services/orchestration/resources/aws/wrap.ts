import type { ValueMap } from '../../language/index.ts';
import type { Step, UpdateStep } from '../type.ts';

/** The same step with other properties: a type of Amazon's is one of OpenStack's under other names. */
export function withProperties(step: Step, properties: ValueMap): Step {
  return {
    cloud: step.cloud,
    stack: step.stack,
    name: step.name,
    uuid: step.uuid,
    shortId: step.shortId,
    physicalId: step.physicalId,
    intendedId: step.intendedId,
    repeated: step.repeated,
    properties,
    metadata: step.metadata,
    data: step.data,
    save: (notes) => step.save(notes),
    nestedStackId: step.nestedStackId,
    nested: step.nested,
    updatePolicy: step.updatePolicy,
    signals: step.signals,
    signal: step.signal,
  };
}

/** The same for updates: what differs is what differs in the other names. */
export function withUpdate(
  step: UpdateStep,
  translate: (properties: ValueMap) => ValueMap,
): UpdateStep {
  const [former, properties] = [translate(step.former), translate(step.properties)];
  const names = new Set([...Object.keys(former), ...Object.keys(properties)]);
  const changed = new Set(
    [...names].filter((name) => JSON.stringify(former[name]) !== JSON.stringify(properties[name])),
  );
  return { ...withProperties(step, properties), former, changed };
}

/** What is given, without what is not. */
export const given = (properties: Readonly<Record<string, unknown>>): ValueMap =>
  Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined && value !== null),
  ) as ValueMap;
