import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Cloud } from './cloud.ts';
import { PROGRAM_PATH } from './command.ts';
import type { Component, Launch } from './component.ts';
import { lastLines, writeAtomically } from './files.ts';
import {
  environmentOf,
  identify,
  isAlive,
  networkNamespaceOf,
  processNumbers,
  terminate,
  type ProcessIdentity,
} from './process.ts';
import { systemUser } from './users.ts';

/** Variables of our own environment that a component needs when the machine's user set them. */
const PASSED =
  /^(https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_COMPILE_CACHE|TZ|OVENBIRD_LOG_LEVEL)$/;

const pidFile = (cloud: Cloud, name: string): string =>
  path.join(cloud.layout.pids, `${name}.json`);

/** The component's process as its pid file names it, if it still runs. */
export function recordedProcess(cloud: Cloud, name: string): ProcessIdentity | undefined {
  try {
    const identity = JSON.parse(readFileSync(pidFile(cloud, name), 'utf8')) as ProcessIdentity;
    return isAlive(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Processes of this cloud by the marks in their environment, the containers' own apart: finds what was started
 * by a supervisor that died before it could write the pid file, and the children of what we started.
 */
export function markedProcesses(home: string): { component: string; identity: ProcessIdentity }[] {
  return processNumbers().flatMap((pid) => {
    if (pid === process.pid) return [];
    const environment = environmentOf(pid);
    const component = environment.get('OVENBIRD_COMPONENT');
    if (component === undefined || environment.get('OVENBIRD_HOME') !== home) return [];
    const identity = identify(pid);
    return identity === undefined ? [] : [{ component, identity }];
  });
}

const recordProcess = (cloud: Cloud, name: string, identity: ProcessIdentity): void =>
  writeAtomically(pidFile(cloud, name), `${JSON.stringify(identity)}\n`);

/** Writes down what a supervisor started but did not live to write down itself. */
export function recordStrays(cloud: Cloud, components: readonly Component[]): void {
  const lost = components.filter(({ name }) => recordedProcess(cloud, name) === undefined);
  if (lost.length === 0) return;
  const marked = markedProcesses(cloud.configuration.home);
  for (const component of lost) {
    // What a component itself started has the same marks but another command.
    const [program, argument] = component.launch().command;
    const stray = marked.find(({ component: name, identity }) => {
      const [first, second] = commandOf(identity.pid);
      return name === component.name && first === program && second === argument;
    });
    if (stray !== undefined) recordProcess(cloud, component.name, stray.identity);
  }
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Whether the process is in the namespace the component belongs to; one made anew since leaves it stranded. */
export function inRightNamespace(cloud: Cloud, launch: Launch, identity: ProcessIdentity): boolean {
  if (launch.inNamespace !== true) return true;
  try {
    return networkNamespaceOf(identity.pid) === String(statSync(cloud.namespaceFile).ino);
  } catch {
    return false;
  }
}

export interface Started {
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended: `code 1` or `signal SIGKILL`. */
  readonly ended: Promise<string>;
}

/** Starts a component as a session of its own, its output appended to its log, and writes its pid file. */
export function startProcess(cloud: Cloud, component: Component): Started {
  const launch = component.launch();
  const command =
    launch.inNamespace === true
      ? ['nsenter', `--net=${cloud.namespaceFile}`, '--', ...launch.command]
      : launch.command;
  const user = launch.user === undefined ? undefined : systemUser(launch.user);
  const log = openSync(cloud.layout.logOf(component.name), 'a', 0o600);
  try {
    const child = spawn(command[0]!, command.slice(1), {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: environmentFor(cloud, component.name, launch),
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, name) =>
        resolve(name === null ? `code ${code}` : `signal ${name}`),
      );
    });
    if (child.pid === undefined)
      throw new Error(
        `${command[0]} could not be started: run "sh scripts/setup.sh" if it is missing`,
      );
    child.unref();
    const identity = identify(child.pid);
    if (identity === undefined) throw new Error(`${component.name} ended at once`);
    recordProcess(cloud, component.name, identity);
    return { identity, ended };
  } finally {
    closeSync(log);
  }
}

function environmentFor(cloud: Cloud, name: string, launch: Launch): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: PROGRAM_PATH,
    HOME: '/root',
    LANG: 'C.UTF-8',
  };
  for (const [key, value] of Object.entries(process.env))
    if (PASSED.test(key) && value !== undefined) environment[key] = value;
  return {
    ...environment,
    ...launch.environment,
    OVENBIRD_HOME: cloud.configuration.home,
    OVENBIRD_COMPONENT: name,
  };
}

/** Ends a component and forgets it; resolves when it is gone. */
export async function stopProcess(
  cloud: Cloud,
  component: Component,
  identity: ProcessIdentity,
): Promise<void> {
  await terminate(identity, component.stop.signal, component.stop.timeout);
  forgetProcess(cloud, component.name);
}

export const forgetProcess = (cloud: Cloud, name: string): void =>
  rmSync(pidFile(cloud, name), { force: true });

/** Lines of a crashed Node that say nothing to who did not write the program. */
const NOISE = /^\s*(at |\^+$|$|Node\.js v)/;

/** The last words of a component's log: what `status` shows as its error. */
export const logTail = (cloud: Cloud, name: string, lines = 5): string => {
  const words = lastLines(cloud.layout.logOf(name), 40)
    .filter((line) => !NOISE.test(line))
    .map((line) => readable(line).slice(0, 500));
  // A process that is started again and again says the same again and again.
  return [...new Set(words)].slice(-lines).join('\n');
};

/** A line of one of our own processes without its JSON: what happened, and why. */
function readable(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, error, err } = JSON.parse(line) as {
      msg?: string;
      error?: { message?: string };
      err?: { message?: string };
    };
    if (msg === undefined) return line;
    const cause = (error ?? err)?.message;
    return cause === undefined ? msg : `${msg}: ${cause}`;
  } catch {
    return line;
  }
}
