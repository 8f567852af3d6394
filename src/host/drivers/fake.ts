import { availableParallelism, totalmem } from 'node:os';
import { Duplex } from 'node:stream';
import { definite } from '../fault.ts';
import type { ServerWish } from '../wish.ts';
import {
  capabilitiesOf,
  type Driver,
  type DriverEvent,
  type HostDescription,
  type Instance,
  type OpenConsole,
} from './driver.ts';
import { EventQueue } from './events.ts';

interface FakeServer {
  instance: Instance;
  released: boolean;
  output: string;
  readonly terminals: Set<Duplex>;
}

/**
 * Servers that exist only in memory: for the API's own tests and for trying clients without an engine. It keeps
 * the contract of the others, ordering and refusals included; what it lacks is stated in its capabilities.
 */
export class FakeDriver implements Driver {
  readonly name = 'fake';
  readonly plug = 'none';
  readonly capabilities = capabilitiesOf(
    'pause',
    'suspend',
    'console',
    'terminal',
    'attach_interface',
    'resize',
    'rescue',
    'config_drive',
    'password',
    'restart',
  );
  readonly #servers = new Map<string, FakeServer>();
  readonly #events = new EventQueue();
  #runs = 0;

  async describe(): Promise<HostDescription> {
    const memoryMb = Math.floor(totalmem() / 2 ** 20);
    return {
      version: '1.0',
      vcpus: availableParallelism(),
      memoryMb,
      diskGb: 1000,
      freeDiskGb: 1000,
    };
  }

  async list(): Promise<string[]> {
    return [...this.#servers.keys()];
  }

  async inspect(serverId: string): Promise<Instance | undefined> {
    return this.#servers.get(serverId)?.instance;
  }

  async create(wish: ServerWish): Promise<Instance> {
    const existing = this.#servers.get(wish.id);
    if (existing !== undefined) return existing.instance;
    const instance: Instance = {
      serverId: wish.id,
      containerId: wish.id.replaceAll('-', '').repeat(2),
      imageId: wish.image.id,
      build: wish.build,
      state: 'created',
      run: undefined,
      startedAt: undefined,
      finishedAt: undefined,
      exitCode: undefined,
      processId: undefined,
    };
    this.#servers.set(wish.id, { instance, released: false, output: '', terminals: new Set() });
    return instance;
  }

  async start(wish: ServerWish): Promise<Instance> {
    const server = this.#server(wish.id);
    if (server.instance.state === 'running' || server.instance.state === 'paused') {
      return server.instance;
    }
    server.released = false;
    return this.#change(server, 'started', {
      state: 'running',
      run: `${++this.#runs}`,
      startedAt: new Date(),
      finishedAt: undefined,
      exitCode: undefined,
    });
  }

  async release(instance: Instance): Promise<void> {
    const server = this.#servers.get(instance.serverId);
    if (server === undefined || server.instance.run !== instance.run || server.released) return;
    server.released = true;
    server.output += `fake server ${instance.serverId} is up\n`;
  }

  async stop(serverId: string): Promise<Instance | undefined> {
    return this.end(serverId, 143);
  }

  /** Ends a server as if its process had: what the others learn from their engine. */
  end(serverId: string, exitCode: number): Instance | undefined {
    const server = this.#servers.get(serverId);
    if (server === undefined) return undefined;
    const { state } = server.instance;
    if (state === 'created' || state === 'stopped') return server.instance;
    return this.#change(server, 'ended', { state: 'stopped', finishedAt: new Date(), exitCode });
  }

  async fillDrive(): Promise<void> {}

  async setPassword(serverId: string): Promise<void> {
    if (this.#server(serverId).instance.state !== 'running')
      throw definite(`server ${serverId} does not run`);
  }

  async rescue(wish: ServerWish): Promise<void> {
    const server = this.#server(wish.id);
    server.instance = { ...server.instance, rescue: wish.rescue?.id };
  }

  async unrescue(serverId: string): Promise<void> {
    const server = this.#server(serverId);
    server.instance = { ...server.instance, rescue: undefined };
  }

  async pause(serverId: string): Promise<void> {
    const server = this.#server(serverId);
    if (server.instance.state === 'paused') return;
    if (server.instance.state !== 'running') throw definite(`server ${serverId} does not run`);
    this.#change(server, 'changed', { state: 'paused' });
  }

  async unpause(serverId: string): Promise<void> {
    const server = this.#server(serverId);
    if (server.instance.state === 'paused') this.#change(server, 'changed', { state: 'running' });
  }

  async suspend(serverId: string): Promise<void> {
    const server = this.#server(serverId);
    if (server.instance.state === 'suspended') return;
    if (server.instance.state !== 'running' && server.instance.state !== 'paused') {
      throw definite(`server ${serverId} does not run`);
    }
    this.#change(server, 'ended', { state: 'suspended', finishedAt: new Date() });
  }

  async remove(serverId: string): Promise<void> {
    for (const terminal of this.#servers.get(serverId)?.terminals ?? []) terminal.push(null);
    if (this.#servers.delete(serverId)) this.#events.tell({ serverId, kind: 'removed' });
  }

  async console(serverId: string, limits: { lines: number | undefined; bytes: number }) {
    const lines = this.#server(serverId).output.split('\n');
    const wanted = limits.lines === undefined ? lines : lines.slice(-(limits.lines + 1));
    const bytes = Buffer.from(wanted.join('\n'));
    return bytes.subarray(Math.max(0, bytes.length - limits.bytes));
  }

  /** A terminal that gives back what is typed. */
  async openConsole(serverId: string): Promise<OpenConsole> {
    const server = this.#server(serverId);
    if (server.instance.state !== 'running') throw definite(`server ${serverId} does not run`);
    const stream: Duplex = new Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        stream.push(Buffer.from(chunk.toString('latin1').replaceAll('\r', '\r\n'), 'latin1'));
        done();
      },
      destroy(error, done) {
        server.terminals.delete(stream);
        done(error);
      },
    });
    server.terminals.add(stream);
    return {
      stream,
      before: Buffer.from(server.output.replaceAll('\n', '\r\n')),
      ending: async () => 'The server does not run any more.',
      close: async () => void stream.destroy(),
    };
  }

  events(connected: () => void, signal: AbortSignal): AsyncIterable<DriverEvent> {
    const following = this.#events.follow(signal);
    connected();
    return following;
  }

  async close(): Promise<void> {}

  #server(serverId: string): FakeServer {
    const server = this.#servers.get(serverId);
    if (server === undefined) throw definite(`there is no server ${serverId} on this host`);
    return server;
  }

  #change(server: FakeServer, kind: DriverEvent['kind'], change: Partial<Instance>): Instance {
    if (kind === 'ended') for (const terminal of server.terminals) terminal.push(null);
    server.instance = { ...server.instance, ...change };
    this.#events.tell({ serverId: server.instance.serverId, kind });
    return server.instance;
  }
}
