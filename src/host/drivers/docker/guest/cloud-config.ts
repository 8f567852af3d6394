import { messageOf } from '../../../../core/errors.ts';
import { addUser, addUsers, changePasswords, groupsOf, keysFor, passwordFor } from './accounts.ts';
import { writeFiles } from './files.ts';
import { installPackages } from './packages.ts';
import { readYaml, type Part } from './parts.ts';
import { call, quoted, type Plan } from './plan.ts';
import { isObject, isTruth, MOST_ITEMS, textOf, type Settings } from './values.ts';

/** Joins the cloud-configs of user data: a later one replaces what it names, or adds to lists where it says so. */
export function mergeConfigs(parts: readonly Part[], plan: Plan): Settings {
  const merged: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { name, content, mergeHow } of parts) {
    let config: unknown;
    try {
      config = readYaml(content.toString('utf8'));
    } catch (error) {
      plan.notice(`${name} is not YAML, nothing of it is done: ${messageOf(error)}`);
      continue;
    }
    if (config === null || config === undefined) continue;
    if (typeof config !== 'object' || Array.isArray(config)) {
      plan.notice(`${name} is no cloud-config: it should be keys and values`);
      continue;
    }
    const settings = config as Settings;
    const how = settings['merge_how'] ?? settings['merge_type'] ?? mergeHow ?? '';
    const appends = /append/.test(typeof how === 'string' ? how : JSON.stringify(how));
    for (const [key, value] of Object.entries(settings)) {
      const before = merged[key];
      merged[key] =
        appends && Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
    }
  }
  return merged;
}

/** What a key of a cloud-config becomes; it may tell of what it cannot do. */
type Key = (value: unknown, plan: Plan, settings: Settings) => void;

/**
 * The keys that are carried out, in the order in which cloud-init's stages do it: what comes before the image's own
 * program (its `init` stage), then what runs beside it. Source: cloud-init's module reference.
 */
const KEYS: Readonly<Record<string, Key>> = {
  bootcmd: (value, plan) => {
    const script = commandScript(value, 'bootcmd', plan);
    if (script !== undefined)
      plan.always.push(call('run_script', plan.file('bootcmd', script, 0o755), 'bootcmd'));
  },
  write_files: (value, plan) => writeFiles(value, plan, false),
  hostname: () => undefined,
  fqdn: () => undefined,
  preserve_hostname: () => undefined,
  prefer_fqdn_over_hostname: () => undefined,
  manage_etc_hosts: () => undefined,
  groups: (value, plan) => {
    for (const [name, members] of groupsOf(value, plan)) {
      plan.early.push(call('add_group', name));
      for (const member of members) plan.early.push(call('add_to_group', member, name));
    }
  },
  users: addUsers,
  user: (value, plan) => {
    if (!isObject(value)) plan.notice('user: only the form with keys and values is carried out');
    // The administrator is there, and is not locked out by what he is given.
    else addUser({ name: plan.administrator, lock_passwd: false, ...value }, plan);
  },
  ssh_authorized_keys: (value, plan) => keysFor(plan.administrator, value, plan),
  timezone: (value, plan) => {
    const zone = textOf(value);
    if (zone === undefined || !/^[A-Za-z0-9+_-]+(?:\/[A-Za-z0-9+_-]+){0,2}$/.test(zone))
      plan.notice('timezone: it should be a name such as Europe/Berlin');
    else plan.early.push(call('set_timezone', zone));
  },
  password: (value, plan, settings) => {
    const password = textOf(value);
    const expire = isObject(settings['chpasswd']) ? settings['chpasswd']['expire'] : undefined;
    if (password !== undefined) passwordFor(plan.administrator, password, undefined, expire, plan);
  },
  chpasswd: changePasswords,
  ssh_pwauth: (value, plan) => {
    if (value === 'unchanged' || value === null) return;
    plan.early.push(call('password_logins', isTruth(value) ? 'yes' : 'no'));
  },
  package_update: () => undefined,
  package_upgrade: () => undefined,
  apt_update: () => undefined,
  apt_upgrade: () => undefined,
  packages: () => undefined,
  runcmd: (value, plan) => {
    const script = commandScript(value, 'runcmd', plan);
    if (script !== undefined)
      plan.commands.push(call('run_script', plan.file('runcmd', script, 0o755), 'runcmd'));
  },
  final_message: (value, plan) => {
    const message = textOf(value);
    if (message !== undefined) plan.last.push(call('say', message));
  },
};

/** Keys that change nothing here, so that nothing has to be said of them. */
const SILENT = new Set([
  'merge_how',
  'merge_type',
  'output',
  'ssh_deletekeys',
  'disable_root',
  'no_ssh_fingerprints',
]);

/** Adds what a cloud-config asks for to the plan. */
export function planConfig(settings: Settings, plan: Plan): void {
  const given = (key: string) => Object.hasOwn(settings, key) && settings[key] !== null;
  for (const [key, carryOut] of Object.entries(KEYS))
    if (given(key)) carryOut(settings[key], plan, settings);
  installPackages(settings, plan);
  if (given('write_files')) writeFiles(settings['write_files'], plan, true);
  plan.setHostname(hostnameIn(settings));
  const others = Object.keys(settings).filter((key) => !(key in KEYS) && !SILENT.has(key));
  if (others.length > 0)
    plan.notice(
      `these keys of cloud-config are not carried out: ${others.toSorted().join(', ').slice(0, 500)}`,
    );
}

/** `hostname`, or the first label of `fqdn`; none when the name of the server is to stay. */
function hostnameIn(settings: Settings): string | undefined {
  if (isTruth(settings['preserve_hostname'])) return undefined;
  const [fqdn, hostname] = [textOf(settings['fqdn']), textOf(settings['hostname'])];
  const full = fqdn ?? hostname;
  const name = isTruth(settings['prefer_fqdn_over_hostname'])
    ? full
    : (hostname ?? fqdn?.split('.')[0]);
  const isValid = (text: string | undefined) =>
    text !== undefined && /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text);
  if (!isValid(name)) return undefined;
  const domain =
    full !== undefined && full.includes('.') && isValid(full) ? full.slice(full.indexOf('.')) : '';
  return name!.includes('.') ? name : `${name}${domain}`;
}

/** Commands as one script for the image's shell, as cloud-init writes it: lines as they are, lists word by word. */
function commandScript(value: unknown, key: string, plan: Plan): string | undefined {
  if (!Array.isArray(value)) {
    plan.notice(`${key}: it should be a list of commands`);
    return undefined;
  }
  const lines: string[] = ['#!/bin/sh'];
  for (const command of value.slice(0, MOST_ITEMS)) {
    if (typeof command === 'string') lines.push(command);
    else if (Array.isArray(command)) {
      const words = command.map(textOf);
      if (words.every((word) => word !== undefined && !word.includes('\0')))
        lines.push(words.map((word) => quoted(word!)).join(' '));
      else plan.notice(`${key}: a command of something else than words is left out`);
    } else if (command !== null) plan.notice(`${key}: ${typeof command} is no command`);
  }
  return lines.length > 1 ? `${lines.join('\n')}\n` : undefined;
}
