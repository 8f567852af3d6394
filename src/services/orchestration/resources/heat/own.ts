import { Fault } from '../../../../core/errors.ts';
import type { CloudRequest } from '../../cloud.ts';
import type { Value, ValueMap } from '../../language/index.ts';
import { isMap } from '../../language/index.ts';
import type { Step } from '../type.ts';

type Asking = Pick<Step, 'cloud'>;

/** Asks this service itself, with the stack's rights. `path` begins after the project: `/software_configs`. */
export async function askSelf(
  step: Asking,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  request: CloudRequest = {},
): Promise<ValueMap> {
  const { body } = await step.cloud.request(
    'orchestration',
    method,
    `/v1/${step.cloud.projectId}${path}`,
    request,
  );
  return isMap(body) ? body : {};
}

/** The same, where that a thing is not there is an answer: undefined. */
export async function askSelfMaybe(
  step: Asking,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  request: CloudRequest = {},
): Promise<ValueMap | undefined> {
  try {
    return await askSelf(step, method, path, request);
  } catch (error) {
    if (error instanceof Fault && error.kind === 'notFound') return undefined;
    throw error;
  }
}

/** Where a resource of the same stack stands in the API. */
export const siblingPath = ({ stack }: Pick<Step, 'stack'>, name: string): string =>
  `/stacks/${encodeURIComponent(stack.name)}/${stack.id}/resources/${encodeURIComponent(name)}`;

/** A resource of the same stack, as the API lists it. */
export interface ListedResource {
  readonly name: string;
  readonly type: string;
  readonly physicalId: string;
}

/** The resources of the same stack. */
export async function siblings(step: Step): Promise<readonly ListedResource[]> {
  const { stack } = step;
  const path = `/stacks/${encodeURIComponent(stack.name)}/${stack.id}/resources`;
  const { resources } = await askSelf(step, 'GET', path);
  return (resources as readonly ValueMap[]).map((one) => ({
    name: String(one['resource_name']),
    type: String(one['resource_type']),
    physicalId: String(one['physical_resource_id'] ?? ''),
  }));
}

/** A member that is a map, or an empty one. */
export const mapAt = (map: ValueMap, key: string): ValueMap => {
  const value: Value | undefined = map[key];
  return isMap(value) ? value : {};
};
