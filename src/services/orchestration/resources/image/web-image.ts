import { isMap, same, type Value, type ValueMap } from '../../language/index.ts';
import {
  checkThing,
  find,
  idOf,
  invalid,
  isFault,
  isRemoved,
  lacking,
  listIn,
  make,
  mapIn,
  pathOf,
  physicalName,
  remove,
  show,
  textIn,
  textsIn,
  type Body,
} from '../requests.ts';
import type { Properties } from '../property.ts';
import {
  between,
  list,
  map,
  oneOf,
  pattern,
  REQUIRED,
  since,
  text,
  UPDATABLE,
  yesNo,
  integer,
  deprecated,
} from '../shapes.ts';
import { ResourceFailure, type ResourceType, type Step, type UpdateStep } from '../type.ts';

const IMAGES = '/v2/images';
const pathIn = (step: Step): string => pathOf(IMAGES, idOf(step));

const UUID = pattern(
  '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$',
);

/** Members of an image's document that have the same name as the property. */
const PLAIN = ['architecture', 'kernel_id', 'os_distro', 'os_version', 'ramdisk_id', 'owner'];

const said = (what: string, more = {}) => text(what, { ...UPDATABLE, ...more });

const properties: Properties = {
  name: text('What the image is called.'),
  id: text('Its id; a new one without it.'),
  min_disk: integer('The least disk to start it with, in GiB.', { default: 0, ...between(0) }),
  min_ram: integer('The least memory to start it with, in MiB.', { default: 0, ...between(0) }),
  protected: yesNo('Whether it is kept from being deleted.', { default: false, ...UPDATABLE }),
  disk_format: text('The format of the disk.', {
    ...REQUIRED,
    ...oneOf('ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop'),
  }),
  container_format: text('The format around it.', {
    ...REQUIRED,
    ...oneOf('ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker'),
  }),
  location: text('The address (http or https) that the data is fetched from.', REQUIRED),
  tags: list('Tags.', UPDATABLE),
  architecture: said('The architecture of the processor.'),
  kernel_id: said('The image that holds the kernel.', UUID),
  os_distro: said('The name of the operating system.'),
  os_version: said('The version of the operating system.'),
  owner: said('The project that shall own it.'),
  extra_properties: map('Further properties.', { default: {}, ...UPDATABLE, ...since('17.0.0') }),
  visibility: text('Who sees it.', {
    default: 'private',
    ...UPDATABLE,
    ...oneOf('public', 'private', 'community', 'shared'),
  }),
  ramdisk_id: said('The image that holds the first disk in memory.', UUID),
  active: yesNo('Whether servers may be started from it.', {
    default: true,
    ...UPDATABLE,
    ...since('16.0.0'),
  }),
  members: list('Projects that it is shared with.', {
    ...UPDATABLE,
    ...since('16.0.0'),
    items: text('A project.'),
  }),
};

/** Waits for the data; failures of the import are told by its task or the image. */
async function isCreated(step: Step): Promise<boolean> {
  const image = await find(step, 'image', pathIn(step), undefined);
  if (image === undefined) throw new ResourceFailure('The image is not there any more.');
  const status = String(image['status']);
  if (status === 'killed' || status === 'deleted')
    throw new ResourceFailure(`The image is in status ${status}.`);
  const { body } = await step.cloud.request('image', 'GET', `${pathIn(step)}/tasks`).catch(() => ({
    body: undefined,
  }));
  const tasks = isMap(body) ? listIn(body, 'tasks').filter(isMap) : [];
  const failed = tasks.find((task) => task['status'] === 'failure');
  if (failed !== undefined && status !== 'active')
    throw new ResourceFailure(
      `The data could not be fetched from ${String(step.properties['location'])}: ${String(failed['message'])}`,
    );
  if (step.properties['active'] !== false) return status === 'active';
  if (status === 'active') await act(step, 'deactivate');
  return status === 'deactivated' || status === 'active';
}

const act = (step: Step, verb: 'deactivate' | 'reactivate') =>
  step.cloud.request('image', 'POST', `${pathIn(step)}/actions/${verb}`);

async function share(step: Step, id: string, members: readonly string[]): Promise<void> {
  for (const member of members) {
    await step.cloud
      .request('image', 'POST', `${pathOf(IMAGES, id)}/members`, { body: { member } })
      .catch((error: unknown) => {
        if (!isFault(error, 'conflict')) throw error;
      });
  }
}

async function create(step: Step, given: ValueMap = step.properties): Promise<void> {
  const chosen = textIn(given, 'id');
  const body: Body = {
    id: chosen ?? step.intendedId,
    name: textIn(given, 'name') ?? physicalName(step),
    ...mapIn(given, 'extra_properties'),
  };
  for (const name of [
    ...PLAIN,
    'min_disk',
    'min_ram',
    'protected',
    'disk_format',
    'container_format',
    'visibility',
    'tags',
  ]) {
    const value = given[name];
    if (value !== undefined && value !== null) body[name] = value;
  }
  const id = String(body['id']);
  const made = await make(step, 'image', IMAGES, {
    member: undefined,
    body,
    path: pathOf(IMAGES, id),
  });
  await step.save({ physicalId: id });
  if ((made['status'] ?? 'queued') === 'queued') {
    try {
      await step.cloud.request('image', 'POST', `${pathOf(IMAGES, id)}/import`, {
        body: { method: { name: 'web-download', uri: given['location'] ?? null } },
      });
    } catch (error) {
      if (isFault(error, 'badRequest') && /import method/.test(error.message)) {
        throw new ResourceFailure(
          'The image service of this cloud fetches no data: it needs web-download among its enabled_import_methods.',
        );
      }
      // A repeated step finds it under way.
      if (!step.repeated || !isFault(error, 'conflict')) throw error;
    }
  }
  await share(step, id, textsIn(given, 'members'));
}

/** A change of the document as JSON patch (RFC 6902), over what is there now. */
function patchOf(step: UpdateStep, document: ValueMap): Value[] {
  const operations: Value[] = [];
  const set = (name: string, value: Value): void => {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const present = document[name] ?? null;
    if (value === null) {
      if (Object.hasOwn(document, name)) operations.push({ op: 'remove', path: pointer });
    } else if (!same(present, value)) {
      operations.push({
        op: Object.hasOwn(document, name) ? 'replace' : 'add',
        path: pointer,
        value,
      });
    }
  };
  for (const name of [...PLAIN, 'protected', 'visibility']) {
    if (step.changed.has(name)) set(name, step.properties[name] ?? null);
  }
  if (step.changed.has('tags')) set('tags', [...textsIn(step.properties, 'tags')]);
  if (step.changed.has('extra_properties')) {
    const [old, now] = [
      mapIn(step.former, 'extra_properties'),
      mapIn(step.properties, 'extra_properties'),
    ];
    for (const name of Object.keys(old)) if (!Object.hasOwn(now, name)) set(name, null);
    for (const [name, value] of Object.entries(now)) set(name, value);
  }
  return operations;
}

async function update(step: UpdateStep): Promise<void> {
  const id = idOf(step);
  const document = await show(step, 'image', pathIn(step), undefined);
  const patch = patchOf(step, document);
  if (patch.length > 0) await step.cloud.request('image', 'PATCH', pathIn(step), { body: patch });
  if (step.changed.has('members')) {
    const [before, after] = [textsIn(step.former, 'members'), textsIn(step.properties, 'members')];
    await share(step, id, lacking(after, before));
    for (const member of lacking(before, after)) {
      await step.cloud
        .request('image', 'DELETE', `${pathIn(step)}/members/${encodeURIComponent(member)}`)
        .catch((error: unknown) => {
          if (!isFault(error, 'notFound')) throw error;
        });
    }
  }
  if (step.changed.has('active'))
    await act(step, step.properties['active'] === false ? 'deactivate' : 'reactivate');
}

/** Amazon's formats go together. */
function validate(given: ValueMap): void {
  const { container_format: container, disk_format: disk } = given;
  if (['ami', 'ari', 'aki'].includes(String(container)) && disk && disk !== container)
    throw invalid(`With container_format ${String(container)} disk_format must be the same.`);
  const shared = given['visibility'];
  if (listIn(given, 'members').length > 0 && shared !== null && shared !== 'shared')
    throw invalid('members are for images with visibility shared.');
}

const common = {
  validate,
  create: (step: Step) => create(step),
  isCreated,
  update,
  async delete(step: Step) {
    if (step.physicalId !== null) await remove(step, 'image', pathIn(step));
  },
  async isDeleted(step: Step) {
    return step.physicalId === null || (await isRemoved(step, 'image', pathIn(step)));
  },
  check: (step: Step) =>
    checkThing(step, 'image', () => find(step, 'image', pathIn(step), undefined)),
  describe: (step: Step) => show(step, 'image', pathIn(step), undefined),
};

export const webImage: ResourceType = {
  name: 'OS::Glance::WebImage',
  description: 'An image whose data is fetched from an address.',
  support: { version: '12.0.0' },
  properties,
  attributes: {},
  ...common,
};

const OLD = since('7.0.0');

export const image: ResourceType = {
  name: 'OS::Glance::Image',
  description: 'The same under its old name, with the properties of that time.',
  ...deprecated('8.0.0', 'Use OS::Glance::WebImage.'),
  properties: {
    name: properties['name']!,
    id: properties['id']!,
    is_public: yesNo('Whether all projects see it.', { default: false }),
    min_disk: properties['min_disk']!,
    min_ram: properties['min_ram']!,
    protected: yesNo('Whether it is kept from being deleted.', { default: false }),
    disk_format: text('The format of the disk.', {
      ...REQUIRED,
      ...oneOf('ami', 'ari', 'aki', 'vhd', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso'),
    }),
    container_format: text('The format around it.', {
      ...REQUIRED,
      ...oneOf('ami', 'ari', 'aki', 'bare', 'ova', 'ovf'),
    }),
    location: properties['location']!,
    tags: list('Tags.', { ...UPDATABLE, ...OLD }),
    extra_properties: map('Further properties.', { default: {}, ...UPDATABLE, ...OLD }),
    architecture: said('The architecture of the processor.', OLD),
    kernel_id: said('The image that holds the kernel.', { ...UUID, ...OLD }),
    os_distro: said('The name of the operating system.', OLD),
    owner: said('The project that shall own it.', OLD),
    ramdisk_id: said('The image that holds the first disk in memory.', { ...UUID, ...OLD }),
  },
  attributes: {},
  ...common,
  create(step) {
    const { is_public: isPublic, ...rest } = step.properties;
    const visibility = isPublic === true ? 'public' : 'private';
    return create(step, { ...rest, visibility });
  },
};
