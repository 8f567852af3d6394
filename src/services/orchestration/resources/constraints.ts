import { badRequest, notFound, type Fault } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { ServiceName } from '../../operation.ts';
import type { Cloud } from '../cloud.ts';
import { nearest } from '../language/errors.ts';
import type { ValueMap } from '../language/index.ts';
import { find, isFault, listOf, pathOf, textIn } from './requests.ts';

/** Where things of one kind are, and how they are found by name. */
interface Kind {
  /** For people: `network`. */
  readonly noun: string;
  readonly service: ServiceName;
  readonly collection: string;
  /** Of one thing's document; absent: the document is the whole answer. */
  readonly member?: string;
  /** Of the list's answer. */
  readonly plural: string;
  /** The attribute that people know the thing by, and the query that finds it. */
  readonly by?: string;
  /** The service does not search by it: the list is looked through. */
  readonly unsearchable?: boolean;
  readonly query?: Readonly<Record<string, string>>;
  readonly microversion?: string;
  /** Ids that look like anything, not only like UUIDs. */
  readonly anyId?: boolean;
  /** What stands for the thing; `id` unless said. */
  readonly key?: string;
}

const neutron = (noun: string, plural: string, more: Partial<Kind> = {}): Kind => {
  const word = noun.replaceAll(' ', '_');
  return {
    noun,
    service: 'network',
    collection: `/v2.0/${plural}`,
    member: word,
    plural: plural.replaceAll('-', '_'),
    ...more,
  };
};
const keystone = (noun: string, more: Partial<Kind> = {}): Kind => ({
  noun,
  service: 'identity',
  collection: `/v3/${noun}s`,
  member: noun,
  plural: `${noun}s`,
  anyId: true,
  ...more,
});

const KINDS: Readonly<Record<string, Kind>> = {
  'neutron.network': neutron('network', 'networks'),
  'neutron.subnet': neutron('subnet', 'subnets'),
  'neutron.port': neutron('port', 'ports'),
  'neutron.router': neutron('router', 'routers'),
  'neutron.security_group': neutron('security group', 'security-groups'),
  'neutron.subnetpool': neutron('subnetpool', 'subnetpools'),
  'neutron.address_scope': neutron('address scope', 'address-scopes'),
  'neutron.segment': neutron('segment', 'segments'),
  'neutron.trunk': neutron('trunk', 'trunks'),
  'neutron.qos_policy': neutron('QoS policy', 'qos/policies', {
    member: 'policy',
    plural: 'policies',
  }),
  'neutron.floating_ip': neutron('floating IP', 'floatingips', {
    member: 'floatingip',
    by: 'floating_ip_address',
  }),
  'neutron.taas.tap_service': neutron('tap service', 'taas/tap_services'),
  'neutron.taas.tap_flow': neutron('tap flow', 'taas/tap_flows'),
  'nova.flavor': {
    noun: 'flavor',
    service: 'compute',
    collection: '/v2.1/flavors',
    member: 'flavor',
    plural: 'flavors',
    unsearchable: true,
    query: { is_public: 'None' },
    anyId: true,
  },
  'nova.server': {
    noun: 'server',
    service: 'compute',
    collection: '/v2.1/servers',
    member: 'server',
    plural: 'servers',
    unsearchable: true,
  },
  'nova.keypair': {
    noun: 'key pair',
    service: 'compute',
    collection: '/v2.1/os-keypairs',
    member: 'keypair',
    plural: 'keypairs',
    anyId: true,
    key: 'name',
  },
  'nova.host': {
    noun: 'host',
    service: 'compute',
    collection: '/v2.1/os-hypervisors',
    member: 'hypervisor',
    plural: 'hypervisors',
    by: 'hypervisor_hostname',
    unsearchable: true,
    key: 'hypervisor_hostname',
  },
  'glance.image': {
    noun: 'image',
    service: 'image',
    collection: '/v2/images',
    plural: 'images',
  },
  'keystone.project': keystone('project'),
  'keystone.user': keystone('user'),
  'keystone.group': keystone('group'),
  'keystone.role': keystone('role'),
  'keystone.domain': keystone('domain'),
  'keystone.service': keystone('service'),
  'keystone.region': keystone('region'),
};

/** Constraints of Heat's for services that are not here: templates with them are understood, and refused. */
const ABSENT: Readonly<Record<string, string>> = {
  barbican: 'keys and secrets',
  blazar: 'reservations',
  cinder: 'volumes',
  designate: 'DNS zones',
  ironic: 'bare metal',
  magnum: 'container clusters',
  manila: 'shares',
  mistral: 'workflows',
  monasca: 'monitoring',
  octavia: 'load balancers',
  sahara: 'data processing',
  senlin: 'clusters',
  trove: 'databases',
  zaqar: 'queues',
};
const ABSENT_NAMES =
  `barbican.container barbican.secret blazar.reservation cinder.backup cinder.qos_specs cinder.snapshot
  cinder.volume cinder.vtype designate.zone ironic.node ironic.portgroup magnum.baymodel magnum.cluster_template
  manila.share_network manila.share_snapshot manila.share_type mistral.workflow monasca.notification
  octavia.flavor octavia.l7policy octavia.listener octavia.loadbalancer octavia.pool sahara.cluster
  sahara.cluster_template sahara.data_source sahara.image sahara.job_binary sahara.job_type sahara.plugin
  senlin.cluster senlin.policy senlin.policy_type senlin.profile senlin.profile_type trove.flavor zaqar.queue`.split(
    /\s+/,
  );
/** Of the network service, for what it does not do (yet). */
const UNSERVED: Readonly<Record<string, string>> = {
  'neutron.flow_classifier': 'service chaining',
  'neutron.port_pair': 'service chaining',
  'neutron.port_pair_group': 'service chaining',
  'neutron.lb.provider': 'load balancing in the network service',
  'neutron.lbaas.listener': 'load balancing in the network service',
  'neutron.lbaas.loadbalancer': 'load balancing in the network service',
  'neutron.lbaas.pool': 'load balancing in the network service',
  'neutron.lbaas.provider': 'load balancing in the network service',
  'nova.network': 'networks in the compute service: use neutron.network',
};

/** Splits Keystone's `NAME{DOMAIN}`. */
function withDomain(value: string): readonly [string, string | undefined] {
  const [, name = value, domain] = /^(.+)\{(.+)\}$/.exec(value) ?? [];
  return [name, domain];
}

const keyIn = (kind: Kind, document: ValueMap): string => String(document[kind.key ?? 'id']);

async function byId(cloud: Cloud, kind: Kind, value: string): Promise<string | undefined> {
  if (kind.key !== undefined && kind.by !== undefined) return undefined;
  if (!kind.anyId && !isUuid(value)) return undefined;
  const request = kind.microversion === undefined ? {} : { microversion: kind.microversion };
  try {
    const path = pathOf(kind.collection, value);
    const found = await find({ cloud }, kind.service, path, kind.member, request);
    return found && keyIn(kind, found);
  } catch (error) {
    // Some services refuse what cannot be an id, or keep it from those who may not look.
    if (isFault(error, 'badRequest', 'forbidden')) return undefined;
    throw error;
  }
}

async function byName(cloud: Cloud, kind: Kind, value: string): Promise<readonly ValueMap[]> {
  const [name, domain] =
    kind.service === 'identity' ? withDomain(value) : ([value, undefined] as const);
  const by = kind.by ?? 'name';
  const found = await listOf({ cloud }, kind.service, kind.collection, kind.plural, {
    ...kind.query,
    ...(kind.unsearchable ? {} : { [by]: name }),
    ...(domain !== undefined && { domain_id: await idOf(cloud, 'keystone.domain', domain) }),
  });
  return found.filter((one) => one[by] === name);
}

/** The id (or name, where that identifies) of the one thing that the caller means. */
async function idOf(cloud: Cloud, constraint: string, value: string): Promise<string> {
  const kind = KINDS[constraint]!;
  const id = await byId(cloud, kind, value);
  if (id !== undefined) return id;
  const found = await byName(cloud, kind, value);
  // One's own comes before what others share.
  const own = found.filter(
    (one) => (one['project_id'] ?? one['owner'] ?? cloud.projectId) === cloud.projectId,
  );
  const [first, ...more] = own.length > 0 ? own : found;
  if (first === undefined) throw await notThere(cloud, kind, value);
  if (more.length > 0) {
    throw badRequest(
      `There are ${more.length + 1} ${kind.noun}s named "${value}": use the id of one.`,
      'PhysicalResourceNameAmbiguity',
    );
  }
  return keyIn(kind, first);
}

/** What is said of a name that nothing has: with the one that comes nearest. */
async function notThere(cloud: Cloud, kind: Kind, value: string): Promise<Fault> {
  const all = await listOf({ cloud }, kind.service, kind.collection, kind.plural, {
    ...kind.query,
  }).catch(() => []);
  const near = nearest(
    value,
    all.flatMap((one) => textIn(one, kind.by ?? 'name') ?? []),
  );
  return notFound(
    `The ${kind.noun} (${value}) could not be found.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    'EntityNotFound',
  );
}

/** Why a constraint cannot be looked up here at all; undefined when it can. */
function absence(constraint: string): string | undefined {
  if (Object.hasOwn(KINDS, constraint)) return undefined;
  const [prefix = ''] = constraint.split('.');
  const what = UNSERVED[constraint] ?? ABSENT[prefix];
  if (what !== undefined) return `There is no service for ${what} here.`;
  const near = nearest(constraint, lookupNames());
  return `There is no constraint "${constraint}" here.${near ? ` Did you mean "${near}"?` : ''}`;
}

/** The names of the constraints that are known. */
export const lookupNames = (): string[] => [
  ...Object.keys(KINDS),
  ...Object.keys(UNSERVED),
  ...ABSENT_NAMES,
];

/**
 * The id of what a property's `names` kind calls by name or id. Throws a Fault that says which name is unknown, or
 * names several things.
 */
export async function lookUp(cloud: Cloud, kind: string, value: string): Promise<string> {
  const missing = absence(kind);
  if (missing !== undefined) throw badRequest(missing, 'EntityNotFound');
  return idOf(cloud, kind, value);
}
