import { badRequest, Fault, type FaultKind } from '../../../core/errors.ts';
import type { CloudRequest } from '../cloud.ts';
import { isList, isMap, same, type Value, type ValueMap } from '../language/index.ts';
import type { ServiceName } from '../../operation.ts';
import { ResourceFailure, type Step, type UpdateStep } from './type.ts';

/** A body under construction. */
export type Body = Record<string, Value>;

/** Properties that do not go together. */
export const invalid = (message: string): Fault => badRequest(message, 'StackValidationFailed');

export const isFault = (error: unknown, ...kinds: readonly FaultKind[]): error is Fault =>
  error instanceof Fault && kinds.includes(error.kind);

/** How long deletion waits for others to let go of a thing, in milliseconds. */
export const PATIENCE = 30_000;

/** The document in an answer: `{network: {…}}` → `{…}`; without a member the whole. */
function documentIn(body: unknown, member: string | undefined): ValueMap {
  const document = member === undefined ? body : isMap(body) ? body[member] : undefined;
  return isMap(document) ? document : {};
}

/** What a resource is called when its template gives no name: `stack-resource-<id>`, shortened in the middle. */
export function physicalName(step: Pick<Step, 'stack' | 'name' | 'shortId'>, limit = 255): string {
  const name = `${step.stack.name}-${step.name}-${step.shortId}`;
  return name.length <= limit ? name : `${name.slice(0, 2)}-${name.slice(-(limit - 3))}`;
}

/** The path of one thing, the id encoded. */
export const pathOf = (collection: string, id: string): string =>
  `${collection}/${encodeURIComponent(id)}`;

/** The id, of a resource that has one. */
export function idOf(step: Pick<Step, 'physicalId' | 'name'>): string {
  if (step.physicalId === null) throw new ResourceFailure(`${step.name} was never made.`);
  return step.physicalId;
}

/** One thing's document; throws the service's fault when there is none. */
export async function show(
  step: Pick<Step, 'cloud'>,
  service: ServiceName,
  path: string,
  member: string | undefined,
  request: CloudRequest = {},
): Promise<ValueMap> {
  return documentIn((await step.cloud.request(service, 'GET', path, request)).body, member);
}

/** The same, undefined when the service knows none. */
export async function find(...question: Parameters<typeof show>): Promise<ValueMap | undefined> {
  try {
    return await show(...question);
  } catch (error) {
    if (isFault(error, 'notFound')) return undefined;
    throw error;
  }
}

/** A list of things. */
export async function listOf(
  step: Pick<Step, 'cloud'>,
  service: ServiceName,
  path: string,
  member: string,
  query: NonNullable<CloudRequest['query']> = {},
  microversion?: string,
): Promise<ValueMap[]> {
  const { body } = await step.cloud.request(service, 'GET', path, {
    query,
    ...(microversion !== undefined && { microversion }),
  });
  const found = isMap(body) ? body[member] : undefined;
  return isList(found) ? found.filter(isMap) : [];
}

/**
 * Makes a thing under the step's intended id, so that repeating the request gives what the first one made. A thing whose
 * id the template chooses stands at `path`: when the step is repeated, what is found there is its own.
 */
export async function make(
  step: Step,
  service: ServiceName,
  collection: string,
  {
    member,
    body,
    path,
    ...request
  }: { member: string | undefined; body: Body; path?: string; microversion?: string },
): Promise<ValueMap> {
  try {
    const reply = await step.cloud.request(service, 'POST', collection, {
      ...request,
      body: member === undefined ? body : { [member]: body },
      intendedId: step.intendedId,
    });
    return documentIn(reply.body, member);
  } catch (error) {
    if (path === undefined || !step.repeated) throw error;
    const made = await find(step, service, path, member, request).catch(() => undefined);
    if (made === undefined) throw error;
    return made;
  }
}

const HELD = 'held_since';

/** Whether a thing is gone; false while another one holds it, for a while: then what the service says is thrown. */
async function removed(
  step: Step,
  service: ServiceName,
  path: string,
  request: CloudRequest,
  heldSince: string | undefined,
): Promise<boolean> {
  try {
    await step.cloud.request(service, 'DELETE', path, request);
  } catch (error) {
    if (isFault(error, 'notFound')) return true;
    if (!isFault(error, 'conflict')) throw error;
    if (heldSince === undefined) await step.save({ data: { [HELD]: String(Date.now()) } });
    else if (Date.now() - Number(heldSince) > PATIENCE) throw error;
    return false;
  }
  return true;
}

/** `delete` of a type: what is not there is gone; what is held is asked for again by `isRemoved`. */
export async function remove(
  step: Step,
  service: ServiceName,
  path: string,
  request: CloudRequest = {},
): Promise<void> {
  const gone = await removed(step, service, path, request, undefined);
  if (gone && step.data[HELD] !== undefined) await step.save({ data: { [HELD]: null } });
}

/** `isDeleted` of a type that deletes with `remove`. */
export async function isRemoved(
  step: Step,
  service: ServiceName,
  path: string,
  request: CloudRequest = {},
): Promise<boolean> {
  const heldSince = step.data[HELD];
  return heldSince === undefined || (await removed(step, service, path, request, heldSince));
}

/** `check`: there it is, and it is not in the status ERROR. */
export async function checkThing(
  step: Step,
  what: string,
  look: () => Promise<ValueMap | undefined>,
): Promise<void> {
  const document = step.physicalId === null ? undefined : await look();
  if (document === undefined) {
    throw new ResourceFailure(`The ${what} ${step.physicalId ?? step.name} is not there any more.`);
  }
  const { status } = document;
  if (typeof status === 'string' && ['ERROR', 'DEGRADED'].includes(status)) {
    throw new ResourceFailure(`The ${what} ${step.physicalId} is in status ${status}.`);
  }
}

/** A copy without the members that are null or not there, at every level. */
export function withoutNulls(value: Value): Value {
  if (isList(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

export const textIn = (map: ValueMap, key: string): string | undefined => {
  const value = map[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
/** A list among properties or in a document; empty when there is none. */
export const listIn = (map: ValueMap, key: string): readonly Value[] => {
  const value = map[key];
  return isList(value) ? value : [];
};
export const mapsIn = (map: ValueMap, key: string): readonly ValueMap[] =>
  listIn(map, key).filter(isMap);
export const textsIn = (map: ValueMap, key: string): readonly string[] =>
  listIn(map, key).filter((one) => typeof one === 'string');
export const mapIn = (map: ValueMap, key: string): ValueMap => {
  const value = map[key];
  return isMap(value) ? value : {};
};

/** The members of one list that the other has not, by content. */
export const lacking = <T extends Value>(one: readonly T[], other: readonly T[]): T[] =>
  one.filter((item) => !other.some((another) => same(item, another)));

/** Whether a step is one of `update`. */
export const isUpdate = (step: Step | UpdateStep): step is UpdateStep => 'changed' in step;
