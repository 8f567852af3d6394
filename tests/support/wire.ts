import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestCloud } from './cloud.ts';
import { command, type Output } from './command.ts';

/** One line a DHCP option, as udhcpc hands them to its script. */
const LEASE_SCRIPT = `printf '#!/bin/sh\\n[ "$1" = bound ] && env\\nexit 0\\n' > /tmp/lease.sh
chmod 755 /tmp/lease.sh
exec udhcpc -i eth0 -nqf -t 5 -T 1 -O ntpsrv -O staticroutes -O domain -s /tmp/lease.sh`;

/** A server's network as its container sees it, and as root of the machine changes it there. */
export class Wire {
  readonly cloud: TestCloud;
  readonly serverId: string;
  readonly processId: string;
  readonly ipv4: string;
  readonly ipv6: string;

  private constructor(
    cloud: TestCloud,
    serverId: string,
    processId: string,
    addresses: readonly string[],
  ) {
    this.cloud = cloud;
    this.serverId = serverId;
    this.processId = processId;
    this.ipv4 = addresses.find((address) => address.includes('.')) ?? '';
    this.ipv6 = addresses.find((address) => address.includes(':')) ?? '';
  }

  /** Of a running server with one port, which the client has shown. */
  static async of(cloud: TestCloud, serverId: string, port: Record<string, any>): Promise<Wire> {
    const container = `nova-${serverId}`;
    const { stdout } = await cloud.docker(['inspect', '-f', '{{.State.Pid}}', container]);
    const addresses = (port['fixed_ips'] as { ip_address: string }[]).map(
      ({ ip_address: address }) => address,
    );
    return new Wire(cloud, serverId, stdout.trim(), addresses);
  }

  /** Runs a program of the server's own, with the rights of the server. */
  inside(...words: readonly string[]): Promise<Output> {
    return this.cloud.inside(this.serverId, words);
  }

  /** Runs a program of the machine in the server's network, with the rights of the machine's root. */
  outside(...words: readonly string[]): Promise<Output> {
    return command('nsenter', [`--net=/proc/${this.processId}/ns/net`, ...words]);
  }

  /** Whether an echo request from inside is answered within a second; further words of ping stand first. */
  async pings(...words: readonly string[]): Promise<boolean> {
    return (await this.inside('ping', '-c', '1', '-W', '1', ...words)).code === 0;
  }

  /** A page, as a client inside gets it; undefined when there is none within a second. */
  async reads(url: string): Promise<string | undefined> {
    // wget's own -T kills Debian's busybox.
    const { code, stdout } = await this.inside('timeout', '1', 'wget', '-q', '-O-', url);
    return code === 0 ? stdout : undefined;
  }

  /** What a DHCP client inside is given, by udhcpc's names. */
  async lease(): Promise<Record<string, string>> {
    const { code, stdout, stderr } = await this.inside('sh', '-c', LEASE_SCRIPT);
    assert.equal(code, 0, stderr);
    return Object.fromEntries(stdout.split('\n').map((line) => line.split(/=(.*)/s)));
  }

  /** Starts a program of the machine in the server's network; the answer ends it. */
  keep(...words: readonly string[]): () => Promise<void> {
    const child = spawn('nsenter', [`--net=/proc/${this.processId}/ns/net`, ...words], {
      stdio: 'ignore',
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return () => {
      child.kill('SIGKILL');
      return ended;
    };
  }
}
