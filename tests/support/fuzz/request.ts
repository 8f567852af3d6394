import type { Microversion, Operation, Service } from '../../../src/services/operation.ts';
import type { Population } from './population.ts';
import { type Dice, fromSchema, nasty, spoiled, TEXTS, written } from './values.ts';

/** One request as it is sent. */
export interface FuzzRequest {
  readonly service: Service;
  readonly operation: Operation;
  readonly who: keyof Population['tokens'];
  readonly method: Operation['method'];
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload: string | Buffer | undefined;
}

/** Every service hangs below its own name. */
export const prefixOf = (service: Service): string => `/${service.name}`;

/** The resource that a path parameter means; two services call different things the same. */
export const idOf = (
  service: Service,
  parameter: string,
  ids: Population['own'],
): string | undefined =>
  service.name === 'compute' && parameter === 'service_id'
    ? ids['compute_service_id']
    : (ids[`${service.name}.${parameter}`] ?? ids[parameter]);

const CONTROLS = [
  'limit', 'marker', 'sort_key', 'sort_dir', 'sort', 'fields', 'page_reverse', 'page_size', 'name', 'id', 'status', 'all_tenants',
  'changes-since', 'changes-before', 'ip', 'ip6', 'tags', 'tags-any', 'not-tags', 'not-tags-any', 'tag', 'project_id', 'tenant_id',
  'created_at', 'updated_at', 'revision_number', 'fixed_ips', 'cidr', 'host', 'flavor', 'image', 'deleted', 'reservation_id',
  'visibility', 'owner', 'size_min', 'size_max', 'min_ram', 'member_status', 'os_hidden', 'protected', 'enabled', 'domain_id',
  'parent_id', 'user.id', 'scope.project.id', 'scope', 'effective', 'include_names', 'include_subtree', 'name__contains', 'nocatalog',
  'role.id', 'group.id', 'interface', 'type', 'member_of', 'resources', 'required', 'in_tree', 'with_servers', 'start', 'end',
  'detailed', 'is_public', 'minRam', 'usage', 'ip_version', 'mac_address', 'device_id', 'network_id', 'port_range_min', 'shared',
  'router:external', 'mtu', 'locked', 'power_state', 'launched_at', 'access_ip_v4', 'config_drive', 'password_expires_at',
]; // prettier-ignore

const ENCODINGS = [
  '%2F',
  '%00',
  '%',
  '%zz',
  '%2',
  '%C0%80',
  '%ED%A0%80',
  '%25',
  '%2e%2e',
  'a%20b',
  '%F0%9F%98%80',
  ';',
  '#',
  '?',
];
const MEDIA_TYPES = ['text/plain', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'a', 'application/json-patch+json', 'application/openstack-images-v2.1-json-patch', 'application/octet-stream'] as const; // prettier-ignore
const PATCH = 'application/openstack-images-v2.1-json-patch';
const RANGES = [
  'bytes=0-',
  'bytes=5-1',
  'bytes=-5',
  'bytes=-0',
  'bytes=99999999999999999999-',
  'bytes=0-1,3-4',
  'bytes 0-1/*',
  'x',
];

/** Draws one request to an operation. */
export function requestOf(
  service: Service,
  operation: Operation,
  { own, other, examples, tokens }: Population,
  dice: Dice,
): FuzzRequest {
  const words = [...Object.values(own), ...Object.values(other)];
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    const known = idOf(service, parameter, own);
    const kind = dice.number(0, 19);
    if (known !== undefined && kind < 13) return encodeURIComponent(known);
    if (kind < 15) return encodeURIComponent(idOf(service, parameter, other) ?? 'x');
    if (kind === 15) return encode(dice.one(words));
    if (kind === 16) return dice.one(ENCODINGS);
    if (kind === 17) return 'a'.repeat(dice.one([255, 256, 1025, 9000]));
    return encode(dice.one(TEXTS));
  });
  const who = dice.one(WHO);
  const headers: Record<string, string> = {};
  const token = tokens[who];
  if (token !== undefined) headers['x-auth-token'] = token;
  if (operation.path === '/v3/auth/tokens' && dice.chance(90))
    headers['x-subject-token'] = dice.chance(60) ? own['subject_token']! : 'x'.repeat(300);
  microversion(service, operation, headers, dice);
  if (dice.chance(5)) headers['if-match'] = dice.one(['revision_number=0', 'revision_number=999999999', 'x', '*']); // prettier-ignore
  if (operation.name === 'download_image' && dice.chance(50)) headers['range'] = dice.one(RANGES);

  const payload = payloadOf(service, operation, examples, words, dice);
  if (payload !== undefined && !dice.chance(4)) {
    const good = operation.bodyKind === 'stream' ? 'application/octet-stream' : 'application/json';
    headers['content-type'] = dice.chance(5) ? dice.one(MEDIA_TYPES) : operation.name === 'modify_image' ? PATCH : good; // prettier-ignore
  }
  const url = `${prefixOf(service)}${path}${queryOf(operation, examples, words, dice)}`;
  return { service, operation, who, method: operation.method, url, headers, payload };
}

const WHO = ['nobody', 'reader', 'member', 'member', 'stranger', 'admin', 'admin', 'admin', 'admin'] as const; // prettier-ignore

/** Percent-encodes as a client would; what has no encoding goes as its replacement character. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

function payloadOf(
  service: Service,
  operation: Operation,
  examples: Population['examples'],
  words: readonly string[],
  dice: Dice,
): string | Buffer | undefined {
  if (operation.bodyKind === 'stream') return Buffer.alloc(dice.one([0, 1, 1000, 100_000]), 7);
  if (operation.method === 'GET' || operation.method === 'HEAD' || operation.method === 'DELETE')
    return dice.chance(3) ? '{"a": 1}' : undefined;
  const good = examples[`${service.name}.${operation.name}`];
  if (operation.body === undefined && good === undefined)
    return dice.chance(20) ? written(nasty(dice)) : undefined;
  const kind = dice.number(0, 19);
  if (kind === 0) return dice.one(['', '{', '[]', 'null', '"x"', '1e999', '{"a":1,}', '\ufeff{}', '['.repeat(50_000), '{"a":1,"a":2}', '\\']); // prettier-ignore
  if (good !== undefined && kind < 14) return written(spoiled(dice.one(good), dice, [...words, ...membersOf(operation)])); // prettier-ignore
  return written(fromSchema((operation.body ?? {}) as object, dice, words));
}

/** A value that comes near to what the parameter is for: times for times, addresses for addresses. */
function textFor(name: string, dice: Dice): string {
  const near = /_at$|^changes|^start$|^end$/.test(name) ? /^[+-]?\d{1,6}(-|$)|^Jan/ : /cidr|prefix|ip/.test(name) ? /[.:]\d*\// : undefined; // prettier-ignore
  const fitting = near === undefined ? [] : TEXTS.filter((text) => near.test(text));
  return fitting.length > 0 && dice.chance(70) ? dice.one(fitting) : dice.one(TEXTS);
}

/** Names of members that the operation's body has, at any depth. */
function membersOf(operation: Operation): readonly string[] {
  const names: string[] = ['id', 'tenant_id', 'project_id'];
  const walk = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties') names.push(...Object.keys(value as object));
      walk(value);
    }
  };
  walk(operation.body);
  return names;
}

function queryOf(
  operation: Operation,
  examples: Population['examples'],
  words: readonly string[],
  dice: Dice,
): string {
  if (!dice.chance(operation.method === 'GET' ? 75 : 5)) return '';
  if (dice.chance(3)) return dice.one(['?', '?&', '?=', '?%', '?a=%zz', '?limit', `?a=${'b'.repeat(20_000)}`, '?a[]=1', '?a[b]=1']); // prettier-ignore
  const documented = Object.keys(
    (operation.query as { properties?: object } | undefined)?.properties ?? {},
  );
  const create = operation.name.replace(/^get_(.*)s$/, 'network.create_$1');
  const attributes = Object.values((examples[create]?.[0] ?? {}) as object).flatMap((value) =>
    Object.keys(value as object),
  );
  const special = [...documented, ...attributes, 'created_at', ...CONTROLS.slice(0, 8)];
  const names = special.length > 9 && dice.chance(60) ? special : CONTROLS;
  const pairs: string[] = [];
  for (let left = dice.one([1, 1, 1, 2, 3]); left > 0; left--) {
    const name = dice.chance(95) ? dice.one(names) : dice.one(TEXTS);
    const times = dice.one([1, 1, 1, 1, 2, 30]);
    for (let i = 0; i < times; i++)
      pairs.push(
        `${encode(name)}=${encode(dice.chance(15) ? dice.one(words) : textFor(name, dice))}`,
      );
  }
  return `?${pairs.join('&')}`;
}

function microversion(
  { name, microversions }: Service,
  { since, until }: Operation,
  headers: Record<string, string>,
  dice: Dice,
): void {
  if (microversions === undefined) return;
  const { minimum, maximum } = microversions;
  const text = ({ major, minor }: Microversion) => `${major}.${minor}`;
  const near = [since, until].flatMap((border) => {
    if (border === undefined) return [];
    const [major, minor] = border.split('.').map(Number) as [number, number];
    return [-1, 0, 1].map((step) => `${major}.${minor + step}`);
  });
  const outside = ['', 'x', '2', '2.', '2.x', '99999.1', '-1.0', '2.1.1', '0.0', `${maximum.major}.${maximum.minor + 1}`]; // prettier-ignore
  const inside = [text(minimum), text(maximum), 'latest', ...near, since ?? text(minimum)];
  const random = `${minimum.major}.${dice.number(minimum.minor, maximum.minor)}`;
  const version = dice.chance(8) ? dice.one(outside) : dice.chance(60) ? dice.one(inside) : random;
  if (name === 'compute' && dice.chance(20)) headers['x-openstack-nova-api-version'] = version;
  else headers['openstack-api-version'] = `${name} ${version}`;
}
