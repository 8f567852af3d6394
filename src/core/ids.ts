import { randomUUID } from 'node:crypto';

/** A new object id as Nova, Neutron, Glance and Placement print it: a UUID with dashes. */
export const newUuid = (): string => randomUUID();

/** A new object id as Keystone prints it: 32 hexadecimal digits. */
export const newHexId = (): string => randomUUID().replaceAll('-', '');

/** A new request id, sent back as `x-openstack-request-id`. */
export const newRequestId = (): string => `req-${randomUUID()}`;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Whether the text can be an object id at all; spares the database a look-up that would fail on its type. */
export const isUuid = (text: string): boolean => UUID.test(text);
