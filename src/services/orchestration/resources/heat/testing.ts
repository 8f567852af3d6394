import { randomUUID } from 'node:crypto';
import { notFound } from '../../../../core/errors.ts';
import type { CloudReply, CloudRequest } from '../../cloud.ts';
import type { Value, ValueMap } from '../../language/index.ts';
import { follow } from './follow.ts';
import type { NestedResource, ResourceType, Step, UpdateStep } from '../type.ts';

type Answer = (method: string, path: string, request: CloudRequest) => unknown;

/** A resource as a type sees it, without an engine: what it saves is kept, what it asks is answered by the test. */
export class FakeResource {
  readonly type: ResourceType;
  readonly name: string;
  readonly uuid: string = randomUUID();
  readonly intendedId: string = randomUUID();
  /** What was asked of services. */
  readonly asked: string[] = [];
  physicalId: string | null = null;
  data: Record<string, string> = {};
  metadata: ValueMap = {};
  updatePolicy: ValueMap = {};
  resources: NestedResource[] = [];
  outputs: ValueMap = {};
  nestedStackId: string | null = null;
  properties: ValueMap;
  answer: Answer = () => {
    throw notFound('nothing');
  };

  constructor(type: ResourceType, properties: ValueMap, name = 'thing') {
    this.type = type;
    this.name = name;
    this.properties = this.#withDefaults(properties);
  }

  #withDefaults(properties: ValueMap): ValueMap {
    const defaults = Object.entries(this.type.properties).flatMap(([name, property]) =>
      property.default === undefined ? [] : [[name, property.default] as const],
    );
    return { ...Object.fromEntries(defaults), ...properties };
  }

  /** Gives every member of a nested template's a reference and one attribute. */
  made(names: readonly string[], state = 'CREATE_COMPLETE'): void {
    this.nestedStackId = 'nested';
    const [action = '', ...status] = state.split('_');
    this.resources = names.map((name) => ({
      name,
      type: 'OS::Heat::TestResource',
      physicalId: name,
      action,
      status: status.join('_'),
      healthy: !state.endsWith('FAILED'),
      createdAt: new Date(0),
    }));
  }

  step(): Step {
    const { type: _, resources: __, outputs: ___, ...rest } = this;
    return {
      ...rest,
      shortId: 'abcdefghijkl',
      stack: { id: 'stack-id', name: 'web', projectId: 'project', tags: [] },
      cloud: {
        projectId: 'project',
        userId: 'user',
        request: async (service, method, path, request = {}): Promise<CloudReply> => {
          this.asked.push(`${service} ${method} ${path}`);
          return { status: 200, body: this.answer(method, path, request) };
        },
      },
      repeated: false,
      nested:
        this.nestedStackId === null
          ? null
          : {
              resources: async () => this.resources,
              // The whole path is in the value, and the language's selection is made from `wrapped`.
              async attribute(name, attribute, path = []) {
                if (attribute === undefined) return `ref-${name}`;
                const value: Value = `${name}:${[attribute, ...path].join('/')}`;
                return path.reduceRight<Value>((inner, key) => ({ [String(key)]: inner }), value);
              },
              output: async (name) => this.outputs[name],
              outputs: async () => this.outputs,
            },
      signals: {
        signedUrl: async (kind) => `http://cloud/${kind}/resources/${this.name}?Signature=s`,
        apiUrl: () => 'http://cloud/signal',
        token: async () => 'token',
      },
      signal: new AbortController().signal,
      save: async ({ physicalId, data, metadata }) => {
        if (physicalId !== undefined) this.physicalId = physicalId;
        if (metadata !== undefined) this.metadata = metadata;
        for (const [key, value] of Object.entries(data ?? {})) {
          if (value === null) delete this.data[key];
          else this.data = { ...this.data, [key]: value };
        }
      },
    };
  }

  create = (): Promise<void> => this.type.create(this.step());

  async update(properties: ValueMap): Promise<void> {
    const former = this.properties;
    this.properties = this.#withDefaults(properties);
    const changed = new Set(
      Object.keys({ ...former, ...this.properties }).filter(
        (name) => JSON.stringify(former[name]) !== JSON.stringify(this.properties[name]),
      ),
    );
    const step: UpdateStep = { ...this.step(), former, changed };
    await this.type.update!(step);
  }

  /** What a template's `get_attr` gives. */
  async attribute(name: string, ...path: Value[]): Promise<Value | undefined> {
    const value = await this.type.attribute!(this.step(), name, path);
    return value === undefined ? undefined : follow(value, path);
  }

  /** The resources of the template that stands in this one's place. */
  async nested(): Promise<Record<string, ValueMap>> {
    const nested = await this.type.nested!(this.step());
    return (nested!.template as ValueMap)['resources'] as Record<string, ValueMap>;
  }
}

/** An in-memory `software_configs` and `software_deployments`, as the API answers. */
export function softwareApi(): {
  answer: Answer;
  configs: Map<string, ValueMap>;
  deployments: Map<string, ValueMap>;
} {
  const configs = new Map<string, ValueMap>();
  const deployments = new Map<string, ValueMap>();
  const answer: Answer = (method, path, { body, intendedId }) => {
    const found = /\/software_(config|deployment)s(?:\/(.*))?$/.exec(path);
    if (found === null) {
      if (path.startsWith('/v2.1/servers/')) return { server: {} };
      throw notFound(path);
    }
    const [, kind, id = intendedId ?? randomUUID()] = found;
    const store = kind === 'config' ? configs : deployments;
    const member = `software_${kind}`;
    if (method === 'POST') store.set(id, { id, ...(body as ValueMap) });
    if (!store.has(id)) throw notFound(id);
    if (method === 'PUT') store.set(id, { ...store.get(id)!, ...(body as ValueMap) });
    const document = store.get(id)!;
    if (method === 'DELETE') store.delete(id);
    return { [member]: document };
  };
  return { answer, configs, deployments };
}
