import { createHash, randomUUID } from 'node:crypto';

/** A new object id as Nova, Neutron, Glance and Placement print it: a UUID with dashes. */
export const newUuid = (): string => randomUUID();

/** A new object id as Keystone prints it: 32 hexadecimal digits. */
export const newHexId = (): string => randomUUID().replaceAll('-', '');

/** A new request id, sent back as `x-openstack-request-id`. */
export const newRequestId = (): string => `req-${randomUUID()}`;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Whether the text can be an object id at all; spares the database a look-up that would fail on its type. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** A UUID made from a name within a namespace, which is a UUID itself (version 5, RFC 9562 §5.5): always the same one. */
export function namedUuid(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
