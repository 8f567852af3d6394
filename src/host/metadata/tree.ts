import type { Ec2Metadata, MetadataDocument } from './document.ts';

/** A reply before it is HTTP. Undefined stands for 404. */
export interface Found {
  readonly type: 'application/json' | 'text/plain' | 'application/octet-stream';
  readonly body: Buffer;
}

/**
 * Dated versions of OpenStack's own metadata, oldest first, with what each added.
 * Source: https://docs.openstack.org/nova/latest/user/metadata.html.
 */
const OPENSTACK_VERSIONS = [
  '2012-08-10',
  '2013-04-04',
  '2013-10-17', // vendor_data.json
  '2015-10-15', // network_data.json
  '2016-06-30',
  '2016-10-06', // vendor_data2.json
  '2017-02-22',
  '2018-08-27',
  '2020-10-14',
];

/** Versions of EC2's metadata that Nova speaks. */
const EC2_VERSIONS = [
  '1.0',
  '2007-01-19',
  '2007-03-01',
  '2007-08-29',
  '2007-10-10',
  '2007-12-15',
  '2008-02-01',
  '2008-09-01',
  '2009-04-04',
];

const text = (value: string): Found => ({ type: 'text/plain', body: Buffer.from(value) });
const json = (value: unknown): Found => ({
  type: 'application/json',
  body: Buffer.from(JSON.stringify(value)),
});
const listing = (names: readonly string[]): Found => text(names.join('\n'));

/** What a server finds at a path; undefined when there is nothing. Slashes are taken as often as they come. */
export function lookUp(document: MetadataDocument, path: string): Found | undefined {
  let parts: string[];
  try {
    parts = decodeURIComponent(path).split('/').filter(Boolean);
  } catch {
    return undefined;
  }
  const [first, ...rest] = parts;
  if (first === undefined) return listing([...EC2_VERSIONS, 'latest']);
  if (first === 'openstack') return openstack(document, rest);
  if (first !== 'latest' && !EC2_VERSIONS.includes(first)) return undefined;
  return ec2(document, first === 'latest' ? '2009-04-04' : first, rest);
}

function openstack(document: MetadataDocument, parts: readonly string[]): Found | undefined {
  const [version, name, ...more] = parts;
  if (version === undefined) return listing([...OPENSTACK_VERSIONS, 'latest']);
  if (more.length > 0) return undefined;
  const known = OPENSTACK_VERSIONS.includes(version);
  if (!known && version !== 'latest') return undefined;
  const since = (date: string) => version === 'latest' || version >= date;
  const files: Record<string, () => Found> = {
    'meta_data.json': () => json(document.meta_data),
    ...(document.user_data === null ? {} : { user_data: () => userData(document.user_data ?? '') }),
    ...(since('2013-04-04') ? { password: () => text('') } : {}),
    ...(since('2013-10-17') ? { 'vendor_data.json': () => json(document.vendor_data) } : {}),
    ...(since('2015-10-15') ? { 'network_data.json': () => json(document.network_data) } : {}),
    ...(since('2016-10-06') ? { 'vendor_data2.json': () => json(document.vendor_data2) } : {}),
  };
  if (name === undefined) return listing(Object.keys(files));
  return Object.hasOwn(files, name) ? files[name]?.() : undefined;
}

const userData = (base64: string): Found => ({
  type: 'application/octet-stream',
  body: Buffer.from(base64, 'base64'),
});

/** A name and what is below it; `title` is what the listing says instead of the name (key pairs: `0=name`). */
interface Branch {
  readonly title?: string;
  readonly children: ReadonlyMap<string, Branch | string>;
}

function ec2(
  document: MetadataDocument,
  version: string,
  parts: readonly string[],
): Found | undefined {
  const [kind, ...rest] = parts;
  if (kind === undefined) {
    return listing(['meta-data/', ...(document.user_data === null ? [] : ['user-data'])]);
  }
  if (kind === 'user-data') {
    return rest.length > 0 || document.user_data === null
      ? undefined
      : userData(document.user_data);
  }
  if (kind !== 'meta-data') return undefined;
  let here: Branch | string | undefined = ec2Tree(document.ec2, version);
  for (const name of rest) {
    if (typeof here === 'string' || here === undefined) return undefined;
    here = here.children.get(name);
  }
  if (here === undefined) return undefined;
  if (typeof here === 'string') return text(here);
  return listing(
    [...here.children]
      .map(([name, child]) => (typeof child === 'string' ? name : (child.title ?? `${name}/`)))
      .toSorted(),
  );
}

function ec2Tree(values: Ec2Metadata, version: string): Branch {
  const branch = (children: Record<string, Branch | string>, title?: string): Branch => ({
    ...(title === undefined ? {} : { title }),
    children: new Map(Object.entries(children)),
  });
  const since = (date: string, children: Record<string, Branch | string>) =>
    version >= date ? children : {};
  return branch({
    'ami-id': values['ami-id'],
    'ami-launch-index': values['ami-launch-index'],
    'ami-manifest-path': values['ami-manifest-path'],
    hostname: values.hostname,
    'instance-id': values['instance-id'],
    'local-ipv4': values['local-ipv4'],
    'reservation-id': values['reservation-id'],
    'security-groups': values['security-groups'].join('\n'),
    ...since('2007-01-19', {
      'local-hostname': values['local-hostname'],
      'public-hostname': values['public-hostname'],
      'public-ipv4': values['public-ipv4'],
      'public-keys': branch(
        Object.fromEntries(
          values['public-keys'].map((key, index) => [
            String(index),
            branch({ 'openssh-key': key['openssh-key'] }, `${index}=${key.name}`),
          ]),
        ),
      ),
    }),
    ...since('2007-08-29', { 'instance-type': values['instance-type'] }),
    ...since('2007-12-15', { 'block-device-mapping': branch(values['block-device-mapping']) }),
    ...since('2008-02-01', {
      placement: branch({ 'availability-zone': values['availability-zone'] }),
    }),
    ...since('2008-09-01', { 'instance-action': values['instance-action'] }),
  });
}
