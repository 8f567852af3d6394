import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { command } from '../../tests/support/command.ts';

/** One paragraph on where and when the numbers were taken: without it they mean nothing. */
export async function machineLine(): Promise<string> {
  const [cpu] = cpus();
  const versions = await Promise.all([
    version('ovs-vswitchd', '--version'),
    version('ovn-northd', '--version'),
    version('psql', '--version'),
    version('dockerd', '--version'),
  ]);
  return [
    new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC',
    `${cpus().length} cores (${cpu?.model.trim() || 'unknown'})`,
    `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `load ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
    `Linux ${release()}`,
    operatingSystem(),
    `Node ${process.versions.node}`,
    ...versions,
  ].join(', ');
}

async function version(program: string, option: string): Promise<string> {
  const { stdout } = await command(program, [option]);
  const number = /\d+\.\d+[.\d]*/.exec(stdout)?.[0] ?? 'unknown';
  return `${program} ${number}`;
}

function operatingSystem(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
