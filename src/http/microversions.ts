import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '../core/errors.ts';
import type { Microversion, Service } from '../services/operation.ts';
import { formatMicroversion, type Dialect } from './dialects/dialect.ts';

const PATTERN = /^(\d{1,4})\.(\d{1,4})$/;

export const parseMicroversion = (text: string): Microversion | undefined => {
  const match = PATTERN.exec(text.trim());
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
};

/** Negative when a is older than b, 0 when equal. */
export const compareMicroversions = (a: Microversion, b: Microversion): number =>
  a.major - b.major || a.minor - b.minor;

/** What the client asked for: the common header's entry of this service wins over the legacy header. */
function requested(dialect: Dialect, headers: IncomingHttpHeaders): string | undefined {
  const common = headers['openstack-api-version'];
  // One header may name several services: "compute 2.60, placement 1.30".
  for (const part of String(common ?? '').split(',')) {
    const [type, version] = part.trim().split(/\s+/);
    if (type?.toLowerCase() === dialect.microversionType && version) return version;
  }
  const legacy = dialect.legacyMicroversionHeader && headers[dialect.legacyMicroversionHeader];
  return typeof legacy === 'string' ? legacy : undefined;
}

/**
 * The microversion a request runs at: the minimum when none is named, `latest` for the newest. Outside the
 * range is 406, not a version at all 400 (placement: 406 too).
 * Source: https://specs.openstack.org/openstack/api-sig/guidelines/microversion_specification.html
 */
export function negotiate(
  dialect: Dialect,
  service: Service,
  headers: IncomingHttpHeaders,
): Microversion {
  const range = service.microversions;
  if (range === undefined) return { major: 1, minor: 0 };
  const text = requested(dialect, headers);
  if (text === undefined) return range.minimum;
  if (text.toLowerCase() === 'latest') return range.maximum;
  const version = parseMicroversion(text);
  if (version === undefined) {
    throw new Fault(
      dialect.service === 'placement' ? 'notAcceptable' : 'badRequest',
      `API Version String ${JSON.stringify(text.slice(0, 64))} is of invalid format. Must be of format MajorNum.MinorNum.`,
    );
  }
  if (
    compareMicroversions(version, range.minimum) < 0 ||
    compareMicroversions(version, range.maximum) > 0
  ) {
    throw new Fault(
      'notAcceptable',
      `Version ${formatMicroversion(version)} is not supported by the API. Minimum is ${formatMicroversion(range.minimum)} and maximum is ${formatMicroversion(range.maximum)}.`,
    );
  }
  return version;
}

/** The headers that tell which microversion answered, and that caches must tell answers apart by it. */
export function microversionHeaders(
  dialect: Dialect,
  version: Microversion | undefined,
): Record<string, string> {
  if (dialect.microversionType === undefined) return {};
  const names = ['OpenStack-API-Version'];
  const headers: Record<string, string> = {};
  if (version) {
    const text = formatMicroversion(version);
    headers['OpenStack-API-Version'] = `${dialect.microversionType} ${text}`;
    if (dialect.legacyMicroversionHeader) headers[dialect.legacyMicroversionHeader] = text;
  }
  if (dialect.legacyMicroversionHeader) names.push('X-OpenStack-Nova-API-Version');
  headers['Vary'] = names.join(', ');
  return headers;
}
