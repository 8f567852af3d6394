import assert from 'node:assert/strict';
import { Fault, type FaultKind } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { sleep } from '../../../core/time.ts';
import type { Cloud } from '../cloud.ts';
import { isMap, same, type Value, type ValueMap } from '../language/index.ts';
import type { ServiceName } from '../../operation.ts';
import { builtinTypes } from './builtin.ts';
import type { Properties } from './property.ts';
import type { ResourceType, Step, UpdateStep } from './type.ts';

const KINDS: Readonly<Record<number, FaultKind>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  405: 'methodNotAllowed',
  409: 'conflict',
  501: 'notImplemented',
  503: 'unavailable',
};

/** A request as a test's HTTP client sends it. */
export type Ask = (
  service: ServiceName,
  method: string,
  path: string,
  body: unknown,
  microversion: string | undefined,
) => Promise<{ readonly status: number; readonly body: unknown }>;

/** The services behind a test's HTTP server as a Cloud. */
export function cloudOver(
  ask: Ask,
  whose: { readonly projectId: string | undefined; readonly userId: string },
): Cloud {
  return {
    projectId: whose.projectId ?? '',
    userId: whose.userId,
    async request(service, method, path, { query = {}, body, microversion } = {}) {
      const search = new URLSearchParams(
        Object.entries(query).flatMap(([key, value]) =>
          (typeof value === 'string' ? [value] : value).map((one): [string, string] => [key, one]),
        ),
      ).toString();
      const target = search === '' ? path : `${path}?${search}`;
      const reply = await ask(service, method, target, body, microversion);
      if (reply.status < 400) return reply;
      const message = `${method} ${target}: ${reply.status} ${JSON.stringify(reply.body)}`;
      throw new Fault(KINDS[reply.status] ?? 'internal', message);
    },
  };
}

/** Fills in the defaults of properties, at every level. */
function completed(schema: Properties, given: ValueMap): ValueMap {
  const found: Record<string, Value> = { ...given };
  for (const [name, property] of Object.entries(schema)) {
    const value = given[name];
    if (value === undefined || value === null) {
      if (property.default !== undefined) found[name] = property.default;
      else delete found[name];
    } else if (property.members && isMap(value)) found[name] = completed(property.members, value);
    else if (property.items?.members && Array.isArray(value)) {
      const { members } = property.items;
      found[name] = value.map((item: Value) => (isMap(item) ? completed(members, item) : item));
    }
  }
  return found;
}

/** One resource, whose steps a test takes as the engine would: it keeps the id and what the type saves. */
export class TestResource {
  readonly type: ResourceType;
  readonly cloud: Cloud;
  readonly name: string;
  readonly uuid = newUuid();
  properties: ValueMap;
  physicalId: string | null = null;
  metadata: ValueMap;
  data: Record<string, string> = {};

  constructor(
    cloud: Cloud,
    type: string,
    properties: ValueMap = {},
    options: { readonly name?: string; readonly metadata?: ValueMap } = {},
  ) {
    const found = builtinTypes.find(({ name }) => name === type);
    assert.ok(found, `no type ${type}`);
    this.type = found;
    this.cloud = cloud;
    this.name = options.name ?? 'thing';
    this.metadata = options.metadata ?? {};
    this.properties = completed(found.properties, properties);
  }

  /** @param repeated as if the control plane had died after the step was begun */
  step(repeated = false): Step {
    return {
      cloud: this.cloud,
      stack: { id: newUuid(), name: 'stack', projectId: this.cloud.projectId, tags: [] },
      name: this.name,
      uuid: this.uuid,
      shortId: 'abcdefghijkl',
      physicalId: this.physicalId,
      intendedId: this.uuid,
      repeated,
      properties: this.properties,
      metadata: this.metadata,
      data: { ...this.data },
      save: async (notes) => {
        if (notes.physicalId !== undefined) this.physicalId = notes.physicalId;
        if (notes.metadata !== undefined) this.metadata = notes.metadata;
        for (const [key, value] of Object.entries(notes.data ?? {})) {
          if (value === null) delete this.data[key];
          else this.data[key] = value;
        }
      },
      nestedStackId: null,
      signals: { signedUrl: async () => '', apiUrl: () => '', token: async () => '' },
      nested: null,
      updatePolicy: {},
      signal: new AbortController().signal,
    };
  }

  async create(repeated = false): Promise<this> {
    this.type.validate?.(this.properties);
    await this.type.create(this.step(repeated));
    await this.#until(() => this.type.isCreated?.(this.step()) ?? true);
    return this;
  }

  /** Changes these properties; null takes one away. */
  async update(changes: ValueMap): Promise<this> {
    const step = this.updateStep(changes);
    assert.ok(this.type.update, `${this.type.name} has no update`);
    for (const name of step.changed)
      assert.ok(this.type.properties[name]?.updateAllowed, `${name} cannot be updated`);
    this.properties = step.properties;
    await this.type.update(step);
    await this.#until(
      () =>
        this.type.isUpdated?.({ ...this.step(), former: step.former, changed: step.changed }) ??
        true,
    );
    return this;
  }

  updateStep(changes: ValueMap): UpdateStep {
    const former = this.properties;
    const properties = completed(this.type.properties, { ...former, ...changes });
    const names = new Set([...Object.keys(former), ...Object.keys(properties)]);
    const changed = new Set(
      [...names].filter((name) => !same(former[name] ?? null, properties[name] ?? null)),
    );
    return { ...this.step(), properties, former, changed };
  }

  async delete(): Promise<void> {
    await this.type.delete?.(this.step());
    await this.#until(() => this.type.isDeleted?.(this.step()) ?? true);
  }

  async check(): Promise<void> {
    await this.type.check?.(this.step());
  }

  async get(name: string): Promise<Value | undefined> {
    const { attribute } = this.type;
    if (attribute) return attribute.call(this.type, this.step(), name);
    return (await this.describe())[name];
  }

  async describe(): Promise<ValueMap> {
    return (await this.type.describe?.(this.step())) ?? {};
  }

  async #until(question: () => Promise<boolean> | boolean): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt++) {
      if (await question()) return;
      await sleep(25);
    }
    assert.fail(`${this.type.name} ${this.name} does not come to an end`);
  }
}
