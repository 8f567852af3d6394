import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { homeFolder, MOST_HOSTS, type Configuration } from '../../core/configuration.ts';
import { messageOf } from '../../core/errors.ts';
import { sleep } from '../../core/time.ts';
import { openCloud, type Cloud } from '../../cloud/cloud.ts';
import { RefusedError, refuseOtherChoices, type CloudChoices } from '../../cloud/create.ts';
import { takeDown } from '../../cloud/down.ts';
import { layout } from '../../cloud/layout.ts';
import { LockedError, lockHolder } from '../../cloud/lock.ts';
import { isAlive } from '../../cloud/process.ts';
import { readStatus } from '../../cloud/status.ts';
import type { SupervisorEvent } from '../../cloud/supervisor.ts';
import { bringUp } from '../../cloud/up.ts';
import { flag, text, UsageError, type Arguments, type Command } from '../command.ts';
import { endpointOf } from '../credentials.ts';
import { createProgress, inSeconds, lineOf } from '../progress.ts';
import { print } from '../terminal.ts';
import { describeDown } from './down.ts';

/** What a detached supervisor tells the command that started it. */
type Message =
  | { readonly kind: 'event'; readonly event: SupervisorEvent }
  | { readonly kind: 'ready' }
  /** Another supervisor was quicker. */
  | { readonly kind: 'other' }
  | { readonly kind: 'failed'; readonly message: string };

export const command: Command = {
  summary: 'brings the cloud up and keeps it up',
  options: {
    detach: { type: 'boolean', short: 'd', help: 'return when it is up; it stays up' },
    listen: {
      type: 'string',
      value: 'ADDRESS:PORT',
      help: 'where the APIs listen; default 127.0.0.1:5000',
    },
    name: {
      type: 'string',
      value: 'NAME',
      help: '1-8 of a-z0-9; default: made from OVENBIRD_HOME',
    },
    external: {
      type: 'string',
      value: 'CIDR',
      help: 'external network; default 172.24.4.0/24 or the next free one',
    },
    driver: { type: 'string', value: 'DRIVER', help: 'docker (default), or fake for API-only use' },
    qemu: {
      type: 'boolean',
      help: 'this machine runs virtual machines, too (one more host); stays so from then on',
    },
    hosts: {
      type: 'string',
      value: 'NUMBER',
      help: 'as so many hosts for containers this machine appears; later more, never fewer',
    },
  },
  details:
    'Name, address, external network and driver are fixed by the first start. Hosts of one machine (--hosts, --qemu)\nshare it: each offers its equal part of processors, memory and disk. Ctrl-C ends the control plane as\n"ovenbird down" does; servers keep running.',
  examples: [
    'npx ovenbird up --detach',
    'OVENBIRD_HOME=/var/lib/second npx ovenbird up --detach --listen 127.0.0.1:5001',
  ],
  run: (given) => (flag(given, 'detach') ? runDetached(given) : runHere(given)),
};

/** Reads the options into what a cloud is made of. */
export function choicesOf(given: Arguments): CloudChoices {
  const listen = text(given, 'listen');
  const driver = text(given, 'driver');
  if (driver !== undefined && driver !== 'docker' && driver !== 'fake')
    throw new UsageError(`--driver ${driver}: it is docker or fake`);
  return {
    ...optional('name', text(given, 'name')),
    ...optional('external', text(given, 'external')),
    ...optional('listen', listen === undefined ? undefined : readListen(listen)),
    ...optional('driver', driver as Configuration['driver'] | undefined),
    ...(flag(given, 'qemu') ? { qemu: true } : {}),
    ...optional('hosts', readHosts(text(given, 'hosts'))),
  };
}

function readHosts(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > MOST_HOSTS)
    throw new UsageError(`--hosts ${value}: not a number from 1 to ${MOST_HOSTS}`);
  return number;
}

const optional = <Key extends string, Value>(key: Key, value: Value | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };

/** Reads `127.0.0.1:5000` or `[::1]:5000`. */
export function readListen(value: string): { readonly address: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/.exec(value);
  const address = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  const inRange =
    address?.includes(':') === true || address?.split('.').every((part) => Number(part) < 256);
  if (address === undefined || inRange !== true || port < 1 || port > 65_535)
    throw new UsageError(
      `--listen ${value}: not ADDRESS:PORT such as 127.0.0.1:5000 or [::1]:5000`,
    );
  return { address, port };
}

/** Supervises in this very process until it is told to stop. */
async function runHere(given: Arguments): Promise<number> {
  const home = homeFolder();
  const choices = choicesOf(given);
  if (await alreadyUp(home, choices)) return 0;
  const parent =
    process.send === undefined ? undefined : (message: Message) => process.send?.(message);
  const progress = parent === undefined ? createProgress(process.stdout) : undefined;
  let up = false;
  const report = (event: SupervisorEvent) => {
    if (parent !== undefined && process.connected) parent({ kind: 'event', event });
    else if (progress !== undefined && !up) progress.show(event);
    else if (event.kind !== 'begin') print(`${new Date().toISOString()} ${lineOf(event)}`);
  };
  const before = performance.now();
  let stop: (signal: NodeJS.Signals) => void = () => undefined;
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    stop = resolve;
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop(name));
  try {
    const running = await bringUp(home, choices, report);
    up = true;
    progress?.end();
    if (parent === undefined) greet(running.cloud, performance.now() - before, false);
    else {
      parent({ kind: 'ready' });
      process.disconnect();
    }
    let resetting: Promise<void> = Promise.resolve();
    process.on('SIGUSR2', () => {
      resetting = resetting.then(() => running.reset());
    });
    // The sockets and children that keep a process alive are all let go: this keeps the supervisor.
    const alive = setInterval(() => undefined, 2 ** 30);
    const name = await stopped;
    clearInterval(alive);
    await resetting;
    if (name === 'SIGINT') {
      print('\nstopping the control plane …');
      await running.stopSupervising();
      print(describeDown(await takeDown(openCloud(home), false)));
    }
    await running.leave();
    return 0;
  } catch (error) {
    progress?.end();
    // Another one was quicker: its cloud is what was asked for.
    if (error instanceof LockedError && error.holder?.purpose === 'supervisor') {
      if (parent !== undefined) parent({ kind: 'other' });
      else if (await alreadyUp(home, choices)) return 0;
      return 1;
    }
    if (parent === undefined) throw error;
    parent({ kind: 'failed', message: messageOf(error) });
    return 1;
  }
}

/** Starts the supervisor as a process of its own and shows what it does until the cloud is up. */
async function runDetached(given: Arguments): Promise<number> {
  const home = homeFolder();
  const choices = choicesOf(given);
  if (await alreadyUp(home, choices)) return 0;
  const files = layout(home);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  mkdirSync(files.log, { recursive: true, mode: 0o700 });
  const log = openSync(files.logOf('supervisor'), 'a', 0o600);
  const before = performance.now();
  const words = Object.entries(given.options).flatMap(([name, value]) =>
    name === 'detach' || value === false || value === undefined
      ? []
      : [`--${name}`, ...(typeof value === 'string' ? [value] : [])],
  );
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../main.ts', import.meta.url)), 'up', ...words],
    {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, OVENBIRD_HOME: home },
    },
  );
  closeSync(log);
  const progress = createProgress(process.stdout);
  let other = false;
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on('message', (message: Message) => {
      if (message.kind === 'event') return progress.show(message.event);
      other = message.kind === 'other';
      resolve(message.kind === 'failed' ? message.message : undefined);
    });
    child.once('error', (error) =>
      resolve(`the supervisor could not be started: ${error.message}`),
    );
    child.once('exit', (code, name) =>
      resolve(`the supervisor ended (${name ?? `code ${code}`}): see ${files.logOf('supervisor')}`),
    );
  });
  progress.end();
  if (failure !== undefined) throw new RefusedError(failure);
  if (other) return (await alreadyUp(home, choices)) ? 0 : 1;
  if (child.connected) child.disconnect();
  child.unref();
  greet(openCloud(home), performance.now() - before, true);
  return 0;
}

/** Milliseconds that another `up` has to finish. */
const PATIENCE = 120_000;

/** Whether another process supervises the cloud; waits for it while it still brings it up. */
async function alreadyUp(home: string, choices: CloudChoices): Promise<boolean> {
  const files = layout(home);
  const holder = lockHolder(files);
  if (holder?.purpose !== 'supervisor') return false;
  const cloud = openCloud(home);
  refuseOtherChoices(cloud, choices);
  print(`process ${holder.pid} supervises the cloud in ${home} already`);
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    const status = readStatus(files);
    if (status?.supervisor.pid === holder.pid && status.readyAt !== undefined) {
      print(`it is up: ${endpointOf(cloud)}/identity/v3`);
      return true;
    }
    if (!isAlive(holder)) return false;
    await sleep(50);
  }
  throw new Error(`it did not finish within ${PATIENCE / 1000} s: see "npx ovenbird status"`);
}

function greet(cloud: Cloud, milliseconds: number, detached: boolean): void {
  const endpoint = endpointOf(cloud);
  print(
    [
      '',
      `The cloud "${cloud.configuration.name}" is up (${inSeconds(milliseconds)}).`,
      `  API        ${endpoint}/identity/v3`,
      `  dashboard  ${endpoint}/`,
      '',
      `Next${detached ? '' : ', in another terminal'}:`,
      '  eval "$(npx ovenbird openrc)"',
      '  openstack image list',
      '  openstack network create private    # and on: the tour in README.md',
    ].join('\n'),
  );
}
