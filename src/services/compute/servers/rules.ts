import { randomBytes, randomInt } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { badRequest, forbidden } from '../../../core/errors.ts';
import type { Microversion } from '../../operation.ts';
import { has } from '../microversions.ts';
import type { ServerImage } from '../tables.ts';

/** Nova's limit of `user_data`, of the encoded text. */
export const USER_DATA_LIMIT = 65_535;
export const TAG_LIMIT = 50;

/** A name as Nova takes it: not only spaces, and without those around it. */
export function checkName(name: string, field = 'server.name'): string {
  const trimmed = name.trim();
  if (trimmed === '')
    throw badRequest(
      `Invalid input for field/attribute ${field}: it must not be empty or only spaces.`,
    );
  if (trimmed.length > 255)
    throw badRequest(
      `Invalid input for field/attribute ${field}: it is too long: at most 255 characters, it has ${trimmed.length}.`,
    );
  return trimmed;
}

/** A host name from a server's name (RFC 1123): letters, digits and hyphens, 1-63; from the id if nothing is left. */
export function hostnameOf(name: string, id: string): string {
  const cleaned = name
    .toLowerCase()
    .replace(/[ _.]/g, '-')
    .replace(/[^a-z0-9-]/g, '')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return cleaned === '' ? `server-${id}` : cleaned;
}

/**
 * A host name that was chosen: from 2.90 on a label of 2-63 letters, digits and inner hyphens (RFC 1123), from 2.94 on
 * also a name of several labels.
 */
export function checkHostname(
  hostname: string,
  version: Microversion,
  field = 'server.hostname',
): string {
  const [pattern, words] = has(version, 'chosenHostnameWithDots')
    ? [/^[a-zA-Z0-9\-._]{1,255}$/, "1-255 letters, digits, '-', '.' and '_'"]
    : [
        /^[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]$/,
        "2-63 letters, digits and '-', which neither begins nor ends it",
      ];
  if (!pattern.test(hostname))
    throw badRequest(
      `Invalid input for field/attribute ${field}. Value: ${hostname.slice(0, 100)}. It may have ${words}.`,
    );
  return hostname;
}

/** The first label of a host name: what a port's DNS name is made of. */
export const dnsNameOf = (hostname: string): string =>
  hostname
    .toLowerCase()
    .split('.')[0]!
    .replaceAll('_', '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');

/** Refuses what is not base64 or too long. */
export function checkUserData(userData: string | null | undefined): string | null {
  if (userData === undefined || userData === null || userData === '') return null;
  if (userData.length > USER_DATA_LIMIT)
    throw badRequest(
      `Invalid input for field/attribute server.user_data: it is too long: ${userData.length} characters, at most ${USER_DATA_LIMIT} (about 48 KiB before encoding).`,
    );
  const compact = userData.replace(/[\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0)
    throw badRequest(
      'Invalid input for field/attribute server.user_data: it is not base64 (RFC 4648).',
    );
  return compact;
}

/** Key names and values of at most 255 characters, and no more of them than the quota allows (403). */
export function checkMetadata(
  metadata: Readonly<Record<string, string>>,
  limit: number,
  field = 'metadata',
): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (!/^[a-zA-Z0-9\-_:. ]{1,255}$/.test(key))
      throw badRequest(
        `Invalid input for field/attribute ${field}: the key '${key.slice(0, 100)}' may have 1-255 letters, digits, '-', '_', ':', '.' and spaces.`,
      );
    if (value.length > 255)
      throw badRequest(
        `Invalid input for field/attribute ${field}.${key}: it is too long: at most 255 characters.`,
      );
  }
  const count = Object.keys(metadata).length;
  if (limit >= 0 && count > limit)
    throw forbidden(`Maximum number of metadata items exceeds ${limit}: there would be ${count}.`);
}

/** Tags: 1-60 characters without ',' and '/', at most 50, each once. */
export function checkTags(tags: readonly string[]): string[] {
  const wrong = tags.find((tag) => !/^[^,/]{1,60}$/.test(tag));
  if (wrong !== undefined)
    throw badRequest(
      `Invalid input for tag '${wrong.slice(0, 100)}': 1-60 characters, none of them ',' or '/'.`,
    );
  const unique = [...new Set(tags)];
  if (unique.length > TAG_LIMIT)
    throw badRequest(`The number of tags exceeded the per-server limit of ${TAG_LIMIT}.`);
  return unique;
}

export function checkAccessAddress(
  value: string | null | undefined,
  version: 4 | 6,
): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (version === 4 ? isIPv4(value) : isIPv6(value)) return value;
  throw badRequest(
    `Invalid input for field/attribute accessIPv${version}: '${value.slice(0, 100)}' is no IPv${version} address.`,
  );
}

/** `r-` and eight characters, as EC2 and Nova name what was asked for at once. */
export const newReservationId = (): string =>
  `r-${Array.from({ length: 8 }, () => '0123456789abcdefghijklmnopqrstuvwxyz'[randomInt(36)]).join('')}`;

/** The user whose password and keys are meant where nobody is named. */
export const administratorOf = ({ administrator }: Pick<ServerImage, 'administrator'>): string =>
  administrator !== undefined && /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(administrator)
    ? administrator
    : 'root';

/** A password for the reply. At a creation it is set only when it was chosen: clients expect one to be shown. */
export const newPassword = (): string => randomBytes(9).toString('base64url');

/** Id of an object that may be given as its address. */
export const idOfReference = (reference: string): string =>
  reference.replace(/\/+$/, '').split('/').at(-1) ?? '';
