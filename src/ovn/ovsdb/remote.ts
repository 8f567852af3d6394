import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where an ovsdb-server listens (ovsdb(7), "Connection Methods"). */
export type Remote =
  | { readonly kind: 'unix'; readonly text: string; readonly path: string }
  | {
      readonly kind: 'tcp' | 'ssl';
      readonly text: string;
      readonly host: string;
      readonly port: number;
    };

/** PEM texts: whom to trust, and who we are. */
export interface TlsIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Reads `unix:PATH`, `tcp:HOST:PORT`, `ssl:HOST:PORT` (IPv6 in brackets), a list of them or one text with commas. */
export function readRemotes(remotes: string | readonly string[]): readonly Remote[] {
  const texts = (typeof remotes === 'string' ? [remotes] : remotes).flatMap((text) =>
    text.split(','),
  );
  const read = texts.map((text) => readRemote(text.trim()));
  if (read.length === 0) throw new TypeError('no OVSDB remote was given');
  return read;
}

function readRemote(text: string): Remote {
  const unix = /^unix:(.+)$/.exec(text);
  if (unix !== null) return { kind: 'unix', text, path: unix[1]! };
  const net = /^(tcp|ssl):(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(net?.[4]);
  if (net === null || port < 1 || port > 65535) {
    throw new TypeError(`"${text}" is no OVSDB remote: unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT`);
  }
  return { kind: net[1] as 'tcp' | 'ssl', text, host: net[2] ?? net[3]!, port };
}

/** Opens a stream to the server; rejects when it is not there within the time given (milliseconds). */
export function openStream(
  remote: Remote,
  tls: TlsIdentity | undefined,
  timeout: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open(remote, tls);
    const timer = setTimeout(
      () => socket.destroy(new Error(`${remote.text} did not answer within ${timeout} ms`)),
      timeout,
    );
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once('error', fail);
    socket.once(remote.kind === 'ssl' ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function open(remote: Remote, tls: TlsIdentity | undefined): Socket {
  if (remote.kind === 'unix') return connectPlain({ path: remote.path });
  if (remote.kind === 'tcp') return connectPlain({ host: remote.host, port: remote.port });
  if (tls === undefined)
    throw new TypeError(`${remote.text} needs the option tls: authority, certificate and key`);
  return connectTls({
    host: remote.host,
    port: remote.port,
    ...tls,
    minVersion: 'TLSv1.2',
    // Certificates of OVS's own authority carry no host names: the authority alone vouches, as for OVS's programs.
    checkServerIdentity: () => undefined,
  });
}
