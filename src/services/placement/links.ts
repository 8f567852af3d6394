import { atLeast, type OperationRequest } from '../operation.ts';

/** Placement's links are paths, not addresses: the root's path and what follows. */
export const pathOf = (request: OperationRequest, path: string): string =>
  new URL(request.serviceUrl).pathname.replace(/\/$/, '') + path;

/** From 1.15 on: when the thing changed last, and that nobody may keep it. */
export const cached = (request: OperationRequest, changed?: Date): Record<string, string> =>
  atLeast(request.microversion, 15)
    ? { 'last-modified': (changed ?? new Date()).toUTCString(), 'cache-control': 'no-cache' }
    : {};
