import type { TObject } from 'typebox';
import { operation, type Operation } from '../../operation.ts';
import { BASE_ATTRIBUTES } from '../images/schema.ts';
import { ASSOCIATION, NAMESPACE, OBJECT, PROPERTY, TAG } from '../metadefs/schema.ts';
import { MEMBER_STATUSES, STATUSES, TASK_STATUSES } from '../tables.ts';

const text = (description: string, more: Record<string, unknown> = {}) => ({
  type: ['null', 'string'],
  description,
  ...more,
});
const readOnly = { readOnly: true };

/** What an image looks like, in the words of JSON schema: clients read it to know which attributes are the service's own. */
const image = {
  name: 'image',
  properties: {
    id: { type: 'string', description: 'An identifier for the image' },
    ...BASE_ATTRIBUTES,
    status: { type: 'string', enum: STATUSES, description: 'Status of the image', ...readOnly },
    checksum: text('MD5 of the data', { maxLength: 32, ...readOnly }),
    os_hash_algo: text('Algorithm of os_hash_value', { maxLength: 64, ...readOnly }),
    os_hash_value: text('Hash of the data', { maxLength: 128, ...readOnly }),
    size: { type: ['null', 'integer'], description: 'Size of the data in bytes', ...readOnly },
    virtual_size: {
      type: ['null', 'integer'],
      description: 'Size of the disk inside in bytes',
      ...readOnly,
    },
    created_at: { type: 'string', description: 'When the image was registered', ...readOnly },
    updated_at: { type: 'string', description: 'When the image was changed last', ...readOnly },
    self: { type: 'string', description: 'Path of the image', ...readOnly },
    file: { type: 'string', description: 'Path of the data', ...readOnly },
    schema: { type: 'string', description: 'Path of this schema', ...readOnly },
  },
  additionalProperties: { type: 'string' },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
};

const member = {
  name: 'member',
  properties: {
    image_id: { type: 'string', description: 'An identifier for the image' },
    member_id: { type: 'string', description: 'The project that the image is shared with' },
    status: { type: 'string', enum: MEMBER_STATUSES, description: 'What the project said to it' },
    created_at: { type: 'string', description: 'When it was shared' },
    updated_at: { type: 'string', description: 'When the status was changed last' },
    schema: { type: 'string', description: 'Path of the schema', ...readOnly },
  },
};

const collection = (name: string, item: { name: string }) => ({
  name,
  properties: {
    [name]: { type: 'array', items: item },
    first: { type: 'string' },
    next: { type: 'string' },
    schema: { type: 'string' },
  },
  links: [
    { rel: 'first', href: '{first}' },
    { rel: 'next', href: '{next}' },
    { rel: 'describedby', href: '{schema}' },
  ],
});

const readOnlyTimes = {
  created_at: { type: 'string', description: 'When it was made', ...readOnly },
  updated_at: { type: 'string', description: 'When it was changed last', ...readOnly },
};
const places = {
  self: { type: 'string', description: 'Path of this', ...readOnly },
  schema: { type: 'string', description: 'Path of the schema', ...readOnly },
};

/** The schema of a body, with what the service adds in its answers. */
const answered = (name: string, body: TObject, more: object) => ({
  name,
  type: 'object',
  required: body.required,
  properties: { ...body.properties, ...more },
});

const namespace = answered('namespace', NAMESPACE, { ...readOnlyTimes, ...places });
const object = answered('object', OBJECT, { ...readOnlyTimes, ...places });
const property = answered('property', PROPERTY, {});
const tag = answered('tag', TAG, readOnlyTimes);
const resourceType = answered('resource_type_association', ASSOCIATION, readOnlyTimes);

const task = {
  name: 'task',
  properties: {
    id: { type: 'string', description: 'An identifier for the task' },
    type: { type: 'string', description: 'What is done' },
    status: { type: 'string', enum: TASK_STATUSES, description: 'How far it is' },
    owner: text('The project that asked for it'),
    input: { type: ['null', 'object'], description: 'What was asked for' },
    result: { type: ['null', 'object'], description: 'What came of it' },
    message: { type: 'string', description: 'Why it failed' },
    expires_at: text('When it is forgotten'),
    ...readOnlyTimes,
    ...places,
  },
};

const SCHEMAS: Readonly<Record<string, object>> = {
  image,
  images: collection('images', image),
  member,
  members: collection('members', member),
  task,
  tasks: collection('tasks', task),
  'metadefs/namespace': namespace,
  'metadefs/namespaces': collection('namespaces', namespace),
  'metadefs/object': object,
  'metadefs/objects': collection('objects', object),
  'metadefs/property': property,
  'metadefs/properties': {
    name: 'properties',
    properties: { properties: { type: 'object', additionalProperties: property } },
  },
  'metadefs/tag': tag,
  'metadefs/tags': collection('tags', tag),
  'metadefs/resource_type': resourceType,
  'metadefs/resource_types': collection('resource_type_associations', resourceType),
};

/** Documents about the API itself. */
export function schemaOperations(): Operation[] {
  return Object.entries(SCHEMAS).map(([name, schema]) =>
    operation({
      name: `get_schema_${name.replace('/', '_')}`,
      method: 'GET',
      path: `/v2/schemas/${name}`,
      summary: `JSON schema of ${name.split('/').at(-1)!.replace('_', ' ')}`,
      role: 'authenticated',
      success: 200,
      handle: async () => ({ body: schema }),
    }),
  );
}
