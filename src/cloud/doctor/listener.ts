import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Configuration } from '../../core/configuration.ts';
import { formatAddress } from '../network/address.ts';
import { environmentOf, processNumbers } from '../process.ts';
import type { Facts } from './facts.ts';

/** State of a listening socket in /proc/net/tcp. */
const LISTENING = '0A';

interface ListeningSocket {
  /** Dotted address; `0.0.0.0` and `::` for all. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** Reads /proc/net/tcp or tcp6: addresses are hexadecimal, each group of four bytes in the machine's order. */
export function readListeners(text: string): ListeningSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      if (fields[3] !== LISTENING) return [];
      return [
        { address: readAddress(address), port: Number.parseInt(port, 16), inode: fields[9] ?? '' },
      ];
    });
}

function readAddress(hexadecimal: string): string {
  const word = (text: string) =>
    formatAddress(Number.parseInt(text.replace(/(..)(..)(..)(..)/, '$4$3$2$1'), 16));
  if (hexadecimal.length === 8) return word(hexadecimal);
  if (/^0+$/.test(hexadecimal)) return '::';
  // An IPv4 address within IPv6.
  if (/^0{16}FFFF0000/i.test(hexadecimal)) return word(hexadecimal.slice(24));
  return hexadecimal.toLowerCase();
}

/** Who listens where the API wants to. */
export function findListener(
  listen: Facts['listen'],
  configuration: Configuration | undefined,
): Facts['listener'] {
  const every = new Set(['0.0.0.0', '::']);
  const socket = ['tcp', 'tcp6']
    .flatMap((name) => {
      try {
        return readListeners(readFileSync(`/proc/net/${name}`, 'latin1'));
      } catch {
        return [];
      }
    })
    .find(
      ({ address, port }) =>
        port === listen.port &&
        (every.has(address) || every.has(listen.address) || address === listen.address),
    );
  if (socket === undefined) return undefined;
  const pid = holderOf(socket.inode);
  if (pid === undefined) return { pid, command: 'a process that cannot be seen from here' };
  const environment = environmentOf(pid);
  const component = environment.get('OVENBIRD_COMPONENT');
  const cloud = environment.get('OVENBIRD_HOME');
  // The home alone says nothing: a person exports it for everything that runs in that shell.
  if (component === undefined || cloud === undefined) return { pid, command: nameOf(pid) };
  if (cloud === configuration?.home && component === 'control-plane') return 'ours';
  return { pid, command: `the cloud in ${cloud}` };
}

function holderOf(inode: string): number | undefined {
  const wanted = `socket:[${inode}]`;
  return processNumbers().find((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((name) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${name}`) === wanted;
        } catch {
          return false;
        }
      });
    } catch {
      return false;
    }
  });
}

/** The beginning of its command line: a bare name such as `node` tells nobody anything. */
function nameOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    return words.slice(0, 2).join(' ').slice(0, 100) || 'a process';
  } catch {
    return 'a process';
  }
}
