import { isMap, type Value, type ValueMap } from '../../language/index.ts';
import {
  checkThing,
  find,
  idOf,
  isFault,
  listOf,
  make,
  mapIn,
  pathOf,
  physicalName,
  show,
  textIn,
  textsIn,
  type Body,
} from '../requests.ts';
import {
  decimal,
  gives,
  integer,
  list,
  map,
  named,
  REQUIRED,
  since,
  text,
  UPDATABLE,
  yesNo,
} from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';

const FLAVORS = '/v2.1/flavors';
const pathIn = (step: Step): string => pathOf(FLAVORS, idOf(step));

/** Extra specs are texts. */
const texts = (specs: ValueMap): Record<string, string> =>
  Object.fromEntries(
    Object.entries(specs).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

async function specsOf(step: Step): Promise<ValueMap> {
  return show(step, 'compute', `${pathIn(step)}/os-extra_specs`, 'extra_specs');
}

async function setSpecs(step: Step, flavor: string, former: ValueMap): Promise<void> {
  const path = `${pathOf(FLAVORS, flavor)}/os-extra_specs`;
  const specs = texts(mapIn(step.properties, 'extra_specs'));
  for (const key of Object.keys(former).filter((one) => !Object.hasOwn(specs, one))) {
    await step.cloud
      .request('compute', 'DELETE', `${path}/${encodeURIComponent(key)}`)
      .catch((error: unknown) => {
        if (!isFault(error, 'notFound')) throw error;
      });
  }
  if (Object.keys(specs).length > 0)
    await step.cloud.request('compute', 'POST', path, { body: { extra_specs: specs } });
}

/** Lets exactly these projects use a flavor that is not public. */
async function setAccess(step: Step, flavor: string): Promise<void> {
  const path = pathOf(FLAVORS, flavor);
  const given = textsIn(step.properties, 'tenants');
  const wanted = given.length > 0 ? given : [step.cloud.projectId];
  const access = await listOf(step, 'compute', `${path}/os-flavor-access`, 'flavor_access');
  const old = access.map((one) => String(one['tenant_id']));
  const act = async (body: Record<string, Value>) => {
    try {
      await step.cloud.request('compute', 'POST', `${path}/action`, { body });
    } catch (error) {
      if (!isFault(error, 'conflict', 'notFound')) throw error;
    }
  };
  for (const tenant of wanted.filter((one) => !old.includes(one)))
    await act({ addTenantAccess: { tenant } });
  for (const tenant of old.filter((one) => !wanted.includes(one)))
    await act({ removeTenantAccess: { tenant } });
}

export const flavor: ResourceType = {
  name: 'OS::Nova::Flavor',
  description: 'A flavor: what a server is given of a host. For administrators.',
  support: { version: '2014.2' },
  properties: {
    tenants: list('The projects that may use it, when it is not public.', {
      default: [],
      ...UPDATABLE,
      items: named('keystone.project', 'A project.'),
      ...since('8.0.0'),
    }),
    flavorid: text('Its id; a new one without it.', since('7.0.0')),
    name: text('What the flavor is called.', since('7.0.0')),
    ram: integer('Memory, in MiB.', REQUIRED),
    vcpus: integer('Processors.', REQUIRED),
    disk: integer('The disk of the system, in GiB.', { default: 0 }),
    swap: integer('The swap disk, in MiB.', { default: 0 }),
    ephemeral: integer('The second disk, in GiB.', { default: 0 }),
    rxtx_factor: decimal('A factor of bandwidth, which nothing uses.', { default: 1.0 }),
    extra_specs: map('What schedulers and hosts are told further.', UPDATABLE),
    is_public: yesNo('Whether all projects may use it.', { default: true, ...since('6.0.0') }),
  },
  attributes: {
    is_public: gives.yesNo('Whether all projects may use it.', since('6.0.0')),
    extra_specs: gives.map('What schedulers and hosts are told further.', since('7.0.0')),
  },
  async create(step) {
    const { properties } = step;
    // The service takes an id with the request: so the one that is intended.
    const id = textIn(properties, 'flavorid') ?? step.intendedId;
    const body: Body = {
      id,
      name: textIn(properties, 'name') ?? physicalName(step),
      ram: properties['ram'] ?? null,
      vcpus: properties['vcpus'] ?? null,
      disk: properties['disk'] ?? 0,
      swap: properties['swap'] ?? 0,
      'OS-FLV-EXT-DATA:ephemeral': properties['ephemeral'] ?? 0,
      rxtx_factor: properties['rxtx_factor'] ?? 1,
      'os-flavor-access:is_public': properties['is_public'] ?? true,
    };
    const made = await make(step, 'compute', FLAVORS, {
      member: 'flavor',
      body,
      path: pathOf(FLAVORS, id),
    });
    const physicalId = String(made['id']);
    await step.save({ physicalId });
    if (isMap(properties['extra_specs'])) await setSpecs(step, physicalId, {});
    if (properties['is_public'] === false) await setAccess(step, physicalId);
  },
  async update(step) {
    if (step.changed.has('extra_specs')) await setSpecs(step, idOf(step), await specsOf(step));
    if (step.changed.has('tenants') && step.properties['is_public'] === false)
      await setAccess(step, idOf(step));
  },
  async delete(step) {
    if (step.physicalId === null) return;
    try {
      await step.cloud.request('compute', 'DELETE', pathIn(step));
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
  },
  check: (step) => checkThing(step, 'flavor', () => find(step, 'compute', pathIn(step), 'flavor')),
  describe: (step) => show(step, 'compute', pathIn(step), 'flavor'),
  async attribute(step, name) {
    if (step.physicalId === null) return undefined;
    if (name === 'extra_specs') return specsOf(step);
    const found = await show(step, 'compute', pathIn(step), 'flavor');
    return name === 'is_public' ? found['os-flavor-access:is_public'] : found[name];
  },
};
