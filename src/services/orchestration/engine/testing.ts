import { notFound } from '../../../core/errors.ts';
import type { ResourceType } from '../resources/type.ts';
import { ReplacementNeeded, ResourceFailure } from '../resources/type.ts';

/** A cloud of a test's own: things with ids, and everything that was done with them. */
export interface FakeCloud {
  readonly things: Map<string, Record<string, unknown>>;
  readonly log: string[];
  readonly types: ResourceType[];
  /** Called at each step, which it may hold up or fail. */
  at: (step: string) => Promise<void>;
}

/** Types `Test::Thing` (with a reference to another one), `Test::Group` (a stack inside), `Test::Fresh` and `Test::Choosy`. */
export function fakeCloud(): FakeCloud {
  const things = new Map<string, Record<string, unknown>>();
  const log: string[] = [];
  const cloud: FakeCloud = { things, log, types: [], at: async () => undefined };
  const note = async (what: string) => {
    log.push(what);
    await cloud.at(what);
  };
  const thing: ResourceType = {
    name: 'Test::Thing',
    description: 'A thing',
    properties: {
      name: { type: 'string', description: 'Its name', updateAllowed: true },
      size: { type: 'integer', description: 'Its size', default: 1, updateAllowed: true },
      kind: { type: 'string', description: 'What it is; another one is another thing' },
      other: { type: 'string', description: 'Another thing', updateAllowed: true },
      others: {
        type: 'list',
        description: 'Other things',
        items: { type: 'string', description: 'One' },
        updateAllowed: true,
      },
      fail: {
        type: 'boolean',
        description: 'Whether it fails',
        default: false,
        updateAllowed: true,
      },
      looks: {
        type: 'integer',
        description: 'How often it must be looked at',
        default: 0,
        updateAllowed: true,
      },
    },
    attributes: {
      name: { type: 'string', description: 'Its name' },
      size: { type: 'integer', description: 'Its size' },
    },
    async create(step) {
      await note(`create ${step.name}`);
      const there = things.get(step.intendedId);
      if (!there)
        things.set(step.intendedId, { ...step.properties, id: step.intendedId, looks: 0 });
      await cloud.at(`created ${step.name}`);
      await step.save({ physicalId: step.intendedId, data: { note: 'made' } });
      if (step.properties['fail'] === true) throw new ResourceFailure('it was told to fail');
    },
    async isCreated(step) {
      const there = things.get(step.physicalId!);
      if (!there) throw notFound('it is gone');
      const looks = Number(there['looks']) + 1;
      there['looks'] = looks;
      return looks > Number(step.properties['looks'] ?? 0);
    },
    async update(step) {
      await note(`update ${step.name}`);
      const there = things.get(step.physicalId!);
      if (!there) throw notFound('it is gone');
      Object.assign(there, step.properties);
      if (step.properties['fail'] === true) throw new ResourceFailure('it was told to fail');
    },
    async delete(step) {
      await note(`delete ${step.name}`);
      if (step.physicalId !== null) things.delete(step.physicalId);
      await cloud.at(`deleted ${step.name}`);
    },
    async check(step) {
      if (!things.has(step.physicalId!)) throw notFound(`there is no thing ${step.physicalId}`);
    },
    async suspend(step) {
      await note(`suspend ${step.name}`);
    },
    async resume(step) {
      await note(`resume ${step.name}`);
    },
    async snapshot(step) {
      await note(`snapshot ${step.name}`);
      await step.save({ data: { kept: String(step.properties['size']) } });
    },
    async deleteSnapshot(step) {
      await note(`forget ${step.name} ${step.data['kept']}`);
    },
    async signal(step, details) {
      await step.save({ metadata: { told: details } });
      return 'signalled';
    },
    async attribute(step, name) {
      return (things.get(step.physicalId!)?.[name] ?? null) as never;
    },
    async describe(step) {
      const there = things.get(step.physicalId ?? '');
      if (!there) throw notFound(`there is no thing ${step.physicalId}`);
      return { ...there } as never;
    },
  };
  const group: ResourceType = {
    name: 'Test::Group',
    description: 'Several things',
    properties: {
      count: { type: 'integer', description: 'How many', default: 1, updateAllowed: true },
      fail: {
        type: 'boolean',
        description: 'Whether they fail',
        default: false,
        updateAllowed: true,
      },
    },
    attributes: { sizes: { type: 'list', description: 'Their sizes' } },
    create: async () => undefined,
    async signal(step, details) {
      await step.save({ data: { count: String(details) } });
      return `now ${String(details)}`;
    },
    async nested({ properties, data }) {
      const count = Number(data['count'] ?? properties['count']);
      const resources = Array.from({ length: count }, (_, index) => [
        String(index),
        { type: 'Test::Thing', properties: { size: index, fail: properties['fail']! } },
      ]);
      return {
        template: {
          heat_template_version: '2018-08-31',
          resources: Object.fromEntries(resources) as never,
        },
      };
    },
    async attribute({ nested }, name) {
      if (name !== 'sizes' || !nested) return undefined;
      const inside = await nested.resources();
      return Promise.all(
        inside.map(async ({ name: one }) => (await nested.attribute(one, 'size')) ?? null),
      );
    },
  };
  const fresh: ResourceType = { ...thing, name: 'Test::Fresh', alwaysReplaced: true };
  const choosy: ResourceType = {
    ...thing,
    name: 'Test::Choosy',
    async update(step) {
      const [now, then] = [step.properties['size'], step.former['size']];
      if (Math.abs(Number(now) - Number(then)) > 10) throw new ReplacementNeeded('too different');
      await thing.update!(step);
    },
  };
  cloud.types.push(thing, group, fresh, choosy);
  return cloud;
}
