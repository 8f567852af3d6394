import { Type, type Static } from 'typebox';
import { Check, Default, Errors } from 'typebox/value';

const words = (initial: readonly string[], description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
    default: [...initial],
    maxItems: 1000,
    description,
  });
const ports = (initial: readonly number[], description: string) =>
  Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
    default: [...initial],
    maxItems: 1000,
    description,
  });
const quota = (description: string) =>
  Type.Integer({
    default: -1,
    minimum: -1,
    maximum: 2 ** 40,
    description: `${description}; -1: as many as there is room for`,
  });

const folder = Type.String({ minLength: 1, maxLength: 4096, pattern: '^/' });
const described = {
  store_description: Type.Optional(Type.String({ maxLength: 255 })),
};

/** Files below a folder; the store `file` has the cloud's own. */
const FILE_STORE = Type.Object(
  {
    store_type: Type.Literal('file'),
    ...described,
    filesystem_store_datadir: Type.Optional(folder),
  },
  { additionalProperties: false },
);

/** A bucket of an S3-compatible server. The secret key is in a file that only the control plane reads. */
const S3_STORE = Type.Object(
  {
    store_type: Type.Literal('s3'),
    ...described,
    s3_store_host: Type.String({ maxLength: 1024, pattern: '^https?://[^/?#]+(/[^?#]*)?$' }),
    s3_store_region_name: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    s3_store_access_key: Type.String({ minLength: 1, maxLength: 255 }),
    s3_store_secret_key_file: folder,
    s3_store_bucket: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' }),
    s3_store_prefix: Type.Optional(
      Type.String({ pattern: '^([A-Za-z0-9._-]+/)*$', maxLength: 255 }),
    ),
    s3_store_create_bucket_on_put: Type.Optional(Type.Boolean()),
    s3_store_large_object_chunk_size: Type.Optional(Type.Integer({ minimum: 5, maximum: 512 })),
  },
  { additionalProperties: false },
);

const roles = Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
  default: [],
  maxItems: 100,
  description: 'Roles; @ for everybody, ! for nobody',
});

/** Ways to fill an image beside an upload that there can be here. */
export const IMPORT_METHODS = ['glance-direct', 'web-download', 'copy-image'] as const;
export type ImportMethod = (typeof IMPORT_METHODS)[number];

const GIB = 1024 ** 3;

/**
 * Options of the image service: member `image` of `<home>/config.json`. Names and meanings are those of
 * glance-api.conf, glance-image-import.conf (`import_filtering_opts`) and Glance's registered limits (`image_…_total`).
 */
const schema = Type.Object(
  {
    image_size_cap: Type.Integer({
      default: 20 * GIB,
      minimum: 1,
      maximum: 2 ** 50,
      description: 'Largest image in bytes',
    }),
    image_virtual_size_cap: Type.Integer({
      default: 2048 * GIB,
      minimum: 1,
      maximum: 2 ** 53 - 1,
      description:
        'Largest disk in bytes that a header may declare: a small file can claim a huge one',
    }),
    vmdk_allowed_types: words(
      ['streamOptimized', 'monolithicSparse'],
      'createType of vmdk images that are taken; all others can name files of the host',
    ),
    enabled_import_methods: Type.Array(
      Type.Union(IMPORT_METHODS.map((method) => Type.Literal(method))),
      {
        default: ['glance-direct', 'copy-image'],
        maxItems: 10,
        description:
          'Ways to import: glance-direct (staged data), web-download (from an address), copy-image (to further stores)',
      },
    ),
    import_filtering_opts: Type.Object(
      {
        allowed_schemes: words(['http', 'https'], 'Schemes of addresses to import from'),
        disallowed_schemes: words([], 'Others than these, when allowed_schemes is empty'),
        allowed_hosts: words([], 'Only from these hosts; empty: any'),
        disallowed_hosts: words([], 'Not from these hosts, when allowed_hosts is empty'),
        allowed_ports: ports([80, 443], 'Only from these ports; empty: any'),
        disallowed_ports: ports([], 'Not from these ports, when allowed_ports is empty'),
        allowed_networks: words(
          [],
          'Networks (CIDR) that may be asked although they are private, link-local or this machine',
        ),
      },
      { default: {}, additionalProperties: false },
    ),
    stores: Type.Record(
      Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$' }),
      Type.Union([FILE_STORE, S3_STORE]),
      {
        default: { file: { store_type: 'file' } },
        minProperties: 1,
        maxProperties: 16,
        description:
          'Where data is kept, by name: file (files of the control plane) or s3 (a bucket)',
      },
    ),
    default_backend: Type.String({
      default: '',
      maxLength: 64,
      description: 'Store of data that comes without a store named; empty: the first',
    }),
    hashing_algorithm: Type.Union(
      ['sha256', 'sha384', 'sha512'].map((name) => Type.Literal(name)),
      { default: 'sha512', description: 'Of os_hash_value, beside the MD5 of checksum' },
    ),
    property_protections: Type.Array(
      Type.Object(
        {
          property: Type.String({ minLength: 1, maxLength: 255 }),
          create: roles,
          read: roles,
          update: roles,
          delete: roles,
        },
        { additionalProperties: false },
      ),
      {
        default: [],
        maxItems: 1000,
        description:
          'Who may do what with properties whose names match: the first expression that does decides; without rules everybody all',
      },
    ),
    task_time_to_live: Type.Integer({
      default: 48,
      minimum: 1,
      maximum: 24 * 366,
      description: 'Hours that a finished import is told of',
    }),
    image_size_total: quota('MiB of data of one project'),
    image_stage_total: quota('MiB of staged data of one project'),
    image_count_total: quota('Images of one project'),
    image_count_uploading: quota('Images of one project that get their data at once'),
    image_member_quota: Type.Integer({
      default: 128,
      minimum: 0,
      maximum: 10_000,
      description: 'Projects that one image is shared with',
    }),
  },
  { additionalProperties: false },
);

export type ImageOptions = Static<typeof schema>;

/** Reads the options, with defaults for those that are not there; fails with a sentence about each wrong one. */
export function imageOptions(given: unknown = {}): ImageOptions {
  const whole = Default(schema, structuredClone(given)) as unknown;
  if (Check(schema, whole)) return whole;
  const known = Object.keys(schema.properties);
  const unknown = Object.keys(Object(given)).filter((name) => !known.includes(name));
  const sentences = [
    ...unknown.map((name) => `'${name}' is no option, there are ${known.join(', ')}`),
    ...Errors(schema, whole)
      .filter(({ instancePath }) => !unknown.includes(instancePath.slice(1)) && instancePath !== '')
      .map(
        ({ instancePath, message }) => `${instancePath.slice(1).replaceAll('/', '.')} ${message}`,
      ),
  ];
  throw new Error(`config.json, image: ${sentences.slice(0, 5).join('; ') || 'it is no object'}`);
}
