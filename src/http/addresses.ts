import type { IncomingMessage } from 'node:http';
import type { ServiceName } from '../services/operation.ts';
import { dialectOf } from './dialects/index.ts';

const HOST = /^[A-Za-z0-9.\-_:[\]]{1,255}$/;

const first = (value: string | string[] | undefined): string | undefined =>
  (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim() || undefined;

/** Whether the peer may say how the client sees us: a proxy on this machine, or our own unix socket. */
function isLocal(request: IncomingMessage): boolean {
  const peer = request.socket.remoteAddress;
  return peer === undefined || peer === '::1' || /^(::ffff:)?127\./.test(peer);
}

/**
 * The root of this server as the client sees it, without closing slash: `http://127.0.0.1:5000`, or what a
 * proxy says in `X-Forwarded-Proto`, `-Host` and `-Prefix` (as oslo.middleware's http_proxy_to_wsgi reads them).
 * The headers count only from a local peer.
 */
export function rootOf(request: IncomingMessage, fallbackHost: string): string {
  const trusted = isLocal(request);
  const forwardedHost = trusted ? first(request.headers['x-forwarded-host']) : undefined;
  const forwardedScheme = trusted ? first(request.headers['x-forwarded-proto']) : undefined;
  const forwardedPrefix = trusted ? first(request.headers['x-forwarded-prefix']) : undefined;
  const scheme = forwardedScheme === 'https' ? 'https' : 'http';
  const named = forwardedHost ?? request.headers.host;
  const host = named !== undefined && HOST.test(named) ? named : fallbackHost;
  const prefix =
    forwardedPrefix && /^(\/[A-Za-z0-9._~-]+)+\/?$/.test(forwardedPrefix)
      ? forwardedPrefix.replace(/\/$/, '')
      : '';
  return `${scheme}://${host}${prefix}`;
}

/** Absolute address of a service's root below the server's. */
export const serviceUrl = (root: string, service: ServiceName): string =>
  root + dialectOf(service).prefix;

/** The server's root as it is where no client asked. */
export const rootUrl = ({ address, port }: { readonly address: string; readonly port: number }) =>
  `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
