import type { Value, ValueMap } from '../../language/index.ts';
import type { Properties } from '../property.ts';
import { ResourceFailure, type ResourceType, type Step } from '../type.ts';
import { physicalName } from './names.ts';
import { askSelfMaybe, mapAt, siblingPath, siblings } from './own.ts';
import { received, type ReceivedSignal } from './wait-signals.ts';

/** The name of the handle in this stack: its id, or CloudFormation's signed address, leads to it. */
async function handleName(step: Step, reference: Value): Promise<string> {
  const text = String(reference);
  const known = await siblings(step);
  // A signed address ends with the resource: …/waitcondition/STACK/resources/HANDLE?Signature=…
  const named = /\/(?:waitcondition|signal)\/[^/?]+\/(?:resources\/)?([^/?]+)\?/.exec(text)?.[1];
  const found =
    known.find(({ physicalId }) => physicalId === text) ??
    known.find(({ name }) => named !== undefined && name === decodeURIComponent(named));
  if (found === undefined) {
    throw new ResourceFailure(
      `${text} is not the reference of a wait condition's handle of this stack`,
    );
  }
  return found.name;
}

async function signalsOf(step: Step): Promise<ReceivedSignal[]> {
  const handle = step.data['handle'];
  if (handle === undefined) return [];
  const reply = await askSelfMaybe(step, 'GET', `${siblingPath(step, handle)}/metadata`);
  return received(mapAt(reply ?? {}, 'metadata'));
}

async function begin(step: Step, handle: Value): Promise<void> {
  if (step.data['since'] !== undefined) return;
  await step.save({
    physicalId: physicalName(step),
    data: { handle: await handleName(step, handle), since: String(Date.now()) },
  });
}

async function over(step: Step, { count, timeout }: Settings): Promise<boolean> {
  const signals = await signalsOf(step);
  const failed = signals.filter(({ status }) => status !== 'SUCCESS');
  if (failed.length > 0) throw new ResourceFailure(failed.map(({ reason }) => reason).join(';'));
  if (signals.length >= count) {
    await step.save({ data: { since: null } });
    return true;
  }
  if (Date.now() - Number(step.data['since'] ?? Date.now()) > timeout * 1000) {
    const reasons = signals.map(({ reason }) => reason).join(';');
    await step.save({ data: { since: null } });
    throw new ResourceFailure(
      `${signals.length} of ${count} received${reasons === '' ? '' : ` - ${reasons}`}`,
    );
  }
  return false;
}

interface Settings {
  readonly handle: Value;
  readonly count: number;
  readonly timeout: number;
}

interface Flavour {
  readonly name: string;
  readonly version: string;
  readonly words: {
    readonly handle: string;
    readonly count: string;
    readonly timeout: string;
    readonly data: string;
  };
  readonly timeoutType: 'integer' | 'number';
}

function waitConditionOf({ name, version, words, timeoutType }: Flavour): ResourceType {
  const read = (properties: ValueMap): Settings => ({
    handle: properties[words.handle] ?? null,
    count: Number(properties[words.count] ?? 1),
    timeout: Number(properties[words.timeout]),
  });
  const properties: Properties = {
    [words.handle]: {
      type: 'string',
      description: 'A reference to the handle that is signalled.',
      required: true,
    },
    [words.timeout]: {
      type: timeoutType,
      description: 'Seconds to wait at most.',
      required: true,
      constraints: [{ kind: 'range', min: 1, max: 43_200, description: undefined }],
    },
    [words.count]: {
      type: 'integer',
      description: 'How many signals of success it waits for.',
      default: 1,
      updateAllowed: true,
      constraints: [{ kind: 'range', min: 1, description: undefined }],
    },
  };
  return {
    name,
    description: 'Waits until its handle has been signalled often enough.',
    support: { version },
    properties,
    attributes: {
      [words.data]: {
        type: 'string',
        description: 'JSON with the data of each signal by its id.',
      },
    },
    create: (step) => begin(step, read(step.properties).handle),
    isCreated: (step) => over(step, read(step.properties)),
    update: (step) => begin(step, read(step.properties).handle),
    isUpdated: (step) => over(step, read(step.properties)),
    async attribute(step) {
      if (step.physicalId === null) return undefined;
      const signals = await signalsOf(step);
      return JSON.stringify(Object.fromEntries(signals.map(({ id, data }) => [id, data])));
    },
  };
}

export const waitCondition = waitConditionOf({
  name: 'OS::Heat::WaitCondition',
  version: '2014.2',
  words: { handle: 'handle', count: 'count', timeout: 'timeout', data: 'data' },
  timeoutType: 'number',
});
export const cfnWaitCondition = waitConditionOf({
  name: 'AWS::CloudFormation::WaitCondition',
  version: '2014.1',
  words: { handle: 'Handle', count: 'Count', timeout: 'Timeout', data: 'Data' },
  timeoutType: 'integer',
});
