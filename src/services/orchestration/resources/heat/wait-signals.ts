import { badRequest } from '../../../../core/errors.ts';
import { isMap, type Value, type ValueMap } from '../../language/index.ts';
import type { Step } from '../type.ts';
import { wordOf } from '../../language/value.ts';

/** How the members of a signal are called: Heat's own handles and those of CloudFormation differ. */
export interface SignalNames {
  readonly data: string;
  readonly reason: string;
  readonly status: string;
  readonly id: string;
}
export const HEAT_NAMES: SignalNames = {
  data: 'data',
  reason: 'reason',
  status: 'status',
  id: 'id',
};
export const CFN_NAMES: SignalNames = {
  data: 'Data',
  reason: 'Reason',
  status: 'Status',
  id: 'UniqueId',
};

/** One signal that a handle has received. */
export interface ReceivedSignal {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly data: Value;
}

/** A signal's members, with what is missing put in where `lenient`; throws when it is none. */
function normal(details: Value, names: SignalNames, count: number, lenient: boolean): ValueMap {
  const given = details ?? {};
  const filled: Record<string, Value> = lenient
    ? {
        [names.reason]: `Signal ${count + 1} received`,
        [names.data]: null,
        [names.id]: count + 1,
        [names.status]: 'SUCCESS',
      }
    : {};
  if (isMap(given)) Object.assign(filled, given);
  const keys = Object.keys(filled).toSorted();
  const wanted = Object.values(names).toSorted();
  const status = filled[names.status];
  if (
    !isMap(given) ||
    keys.join() !== wanted.join() ||
    (status !== 'SUCCESS' && status !== 'FAILURE')
  ) {
    throw badRequest(
      `Metadata format invalid: a signal has ${wanted.join(', ')} and nothing else, and "${names.status}" is SUCCESS or FAILURE`,
    );
  }
  return filled;
}

/** Adds a signal to a handle's metadata; one with the same id takes the place of the former. Gives the event's reason. */
export async function receive(
  step: Step,
  details: Value,
  names: SignalNames,
  lenient: boolean,
): Promise<string> {
  const { [names.id]: id, ...entry } = normal(
    details,
    names,
    Object.keys(step.metadata).length,
    lenient,
  );
  await step.save({ metadata: { ...step.metadata, [wordOf(id)]: entry } });
  return `status:${wordOf(entry[names.status])} reason:${wordOf(entry[names.reason])}`;
}

/** The signals in a handle's metadata. */
export const received = (metadata: ValueMap): ReceivedSignal[] =>
  Object.entries(metadata).flatMap(([id, entry]) => {
    if (!isMap(entry)) return [];
    const status = entry['status'] ?? entry['Status'];
    return [
      {
        id,
        status: wordOf(status),
        reason: wordOf(entry['reason'] ?? entry['Reason'] ?? ''),
        data: entry['data'] ?? entry['Data'] ?? null,
      },
    ];
  });
