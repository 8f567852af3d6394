import type { OperationRequest } from '../operation.ts';
import { has } from './microversions.ts';

/** Placement's links are paths, not addresses: the root's path and what follows. */
export const pathOf = (request: OperationRequest, path: string): string =>
  new URL(request.serviceUrl).pathname.replace(/\/$/, '') + path;

/** For `Location` headers, which are addresses. */
export const addressOf = (request: OperationRequest, path: string): string =>
  request.serviceUrl.replace(/\/$/, '') + path;

/** From 1.15 on: when the thing changed last, and that nobody may keep it. */
export const cached = (request: OperationRequest, changed?: Date): Record<string, string> =>
  has(request.microversion, 'cacheHeaders')
    ? { 'last-modified': (changed ?? new Date()).toUTCString(), 'cache-control': 'no-cache' }
    : {};

/** The newest of these times, for lists; now when there is none. */
export const newest = (times: readonly (Date | undefined)[]): Date | undefined =>
  times.every((time) => time !== undefined) && times.length > 0
    ? new Date(Math.max(...times.map((time) => time!.getTime())))
    : undefined;
