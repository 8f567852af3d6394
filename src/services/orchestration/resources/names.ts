import { Fault } from '../../../core/errors.ts';
import type { Cloud } from '../cloud.ts';
import { nearest } from '../language/errors.ts';
import type { ConstraintLookups, Value } from '../language/index.ts';
import type { ServiceName } from '../../operation.ts';

/** How a kind of thing is found by its name or id. */
interface Kind {
  readonly service: ServiceName;
  /** Collection; an id behind it shows one. */
  readonly path: string;
  /** Of the list's and the single document. */
  readonly plural: string;
  readonly singular: string;
  readonly word: string;
  /** Only found by name, and the name is what is used. */
  readonly byName?: boolean;
  readonly microversion?: string;
  readonly query?: Readonly<Record<string, string>>;
}

const neutron = (singular: string, plural = `${singular}s`, path = plural): Kind => ({
  service: 'network',
  path: `/v2.0/${path.replaceAll('_', '-')}`,
  plural,
  singular,
  word: singular.replaceAll('_', ' '),
});
const keystone = (singular: string, plural = `${singular}s`): Kind => ({
  service: 'identity',
  path: `/v3/${plural}`,
  plural,
  singular,
  word: singular,
});

/** By the names of Heat's custom constraints. */
const KINDS: Readonly<Record<string, Kind>> = {
  'neutron.network': neutron('network'),
  'neutron.subnet': neutron('subnet'),
  'neutron.port': neutron('port'),
  'neutron.router': neutron('router'),
  'neutron.subnetpool': neutron('subnetpool'),
  'neutron.address_scope': neutron('address_scope'),
  'neutron.security_group': neutron('security_group'),
  'neutron.segment': neutron('segment'),
  'neutron.qos_policy': { ...neutron('policy', 'policies'), path: '/v2.0/qos/policies' },
  'neutron.taas.tap_service': {
    ...neutron('tap_service'),
    path: '/v2.0/taas/tap_services',
  },
  'nova.flavor': {
    service: 'compute',
    path: '/v2.1/flavors',
    plural: 'flavors',
    singular: 'flavor',
    word: 'flavor',
  },
  'nova.server': {
    service: 'compute',
    path: '/v2.1/servers',
    plural: 'servers',
    singular: 'server',
    word: 'server',
  },
  'nova.keypair': {
    service: 'compute',
    path: '/v2.1/os-keypairs',
    plural: 'keypairs',
    singular: 'keypair',
    word: 'key pair',
    byName: true,
  },
  'glance.image': {
    service: 'image',
    path: '/v2/images',
    plural: 'images',
    singular: 'image',
    word: 'image',
  },
  'keystone.project': keystone('project'),
  'keystone.user': keystone('user'),
  'keystone.role': keystone('role'),
  'keystone.group': keystone('group'),
  'keystone.domain': keystone('domain'),
  'keystone.region': { ...keystone('region'), byName: true },
  'keystone.service': keystone('service'),
};

/** Other names of the same constraints. */
const ALIASES: Readonly<Record<string, string>> = {
  'neutron.tap_service': 'neutron.taas.tap_service',
};

const kindOf = (name: string): Kind | undefined => KINDS[ALIASES[name] ?? name];

/** An id that needs no looking for: 32 hexadecimal digits, with or without dashes. */
const ID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const isRefusal = (error: unknown): boolean =>
  error instanceof Fault && ['notFound', 'badRequest', 'forbidden'].includes(error.kind);

interface Thing {
  readonly id?: string;
  readonly name?: string;
  readonly [key: string]: unknown;
}

/** Names and ids of things in the cloud, as its caller may see them. */
export class Names implements ConstraintLookups {
  readonly #cloud: Cloud;
  readonly #found = new Map<string, { until: number; id: Promise<string> }>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  names(): Iterable<string> {
    return [...Object.keys(KINDS), ...Object.keys(ALIASES)];
  }

  async check(name: string, value: Value): Promise<string | undefined> {
    if (value === '' || value === null) return undefined;
    try {
      await this.idOf(name, String(value));
      return undefined;
    } catch (error) {
      if (error instanceof Fault) return error.message;
      throw error;
    }
  }

  /** The id of the one thing of a kind that has this id or name; a Fault that says there is none, or several. */
  idOf(name: string, value: string): Promise<string> {
    const kind = kindOf(name);
    if (kind === undefined) return Promise.resolve(value);
    const key = `${name} ${value}`;
    const known = this.#found.get(key);
    if (known && known.until > Date.now()) return known.id;
    const id = this.#find(kind, value);
    // What was found stays so for the few milliseconds in which a template asks for it again and again.
    this.#found.set(key, { until: Date.now() + 2000, id });
    id.catch(() => this.#found.delete(key));
    return id;
  }

  async #find(kind: Kind, value: string): Promise<string> {
    const { service, path, plural } = kind;
    if (kind.byName || ID.test(value) || service === 'compute' || service === 'identity') {
      const thing = await this.#one(kind, value);
      if (thing) return kind.byName ? value : (thing.id ?? value);
    }
    if (!kind.byName) {
      const query: Record<string, string> =
        service === 'compute' && kind.singular === 'flavor' ? {} : { name: value };
      const { body } = await this.#cloud.request(service, 'GET', path, { query });
      const all = (body as Record<string, readonly Thing[]>)[plural] ?? [];
      const things = all.filter((thing) => thing.name === value);
      if (things.length === 1) return things[0]!.id!;
      if (things.length > 1) {
        throw new Fault(
          'badRequest',
          `Multiple ${kind.word} matches found for name '${value}', use an ID to be more specific.`,
          { type: 'PhysicalResourceNameAmbiguity' },
        );
      }
      const near = nearest(
        value,
        all.flatMap(({ name }) => (name === undefined ? [] : [name])),
      );
      throw notThere(kind, value, near);
    }
    throw notThere(kind, value);
  }

  async #one(kind: Kind, value: string): Promise<Thing | undefined> {
    try {
      const { body } = await this.#cloud.request(
        kind.service,
        'GET',
        `${kind.path}/${encodeURIComponent(value)}`,
      );
      // Glance's documents have nothing around them.
      return ((body as Record<string, Thing>)[kind.singular] ?? body) as Thing;
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }
}

const notThere = ({ word }: Kind, value: string, near?: string): Fault =>
  new Fault(
    'notFound',
    `The ${word} (${value}) could not be found.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    { type: 'EntityNotFound' },
  );
