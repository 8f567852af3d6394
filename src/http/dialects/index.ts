import type { ServiceName } from '../../services/operation.ts';
import { computeDialect } from './compute.ts';
import type { Dialect } from './dialect.ts';
import { identityDialect } from './identity.ts';
import { imageDialect } from './image.ts';
import { networkDialect } from './network.ts';
import { orchestrationDialect } from './orchestration.ts';
import { placementDialect } from './placement.ts';

const DIALECTS: readonly Dialect[] = [
  identityDialect,
  imageDialect,
  computeDialect,
  placementDialect,
  networkDialect,
  orchestrationDialect,
];

/** The dialect of a service; a service without one cannot be mounted. */
export function dialectOf(service: ServiceName): Dialect {
  const dialect = DIALECTS.find((candidate) => candidate.service === service);
  if (dialect === undefined) throw new Error(`no dialect for the ${service} service`);
  return dialect;
}

/** The dialect that a path belongs to: what speaks when no operation is found there. */
export const dialectOfPath = (path: string): Dialect | undefined =>
  DIALECTS.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));

export type { Dialect };
