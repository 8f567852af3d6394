import type { ValueMap } from '../../language/index.ts';
import { sleep } from '../../../../core/time.ts';
import { find, idOf, isFault, mapIn, PATIENCE, show } from '../requests.ts';
import { ResourceFailure, type Step } from '../type.ts';
import { ownPorts, removePorts, type Change } from './server-ports.ts';

/** Statuses in which a server is on its way to another one: one waits. */
const PASSING = new Set([
  'BUILD',
  'HARD_REBOOT',
  'MIGRATING',
  'PASSWORD',
  'REBOOT',
  'REBUILD',
  'RESCUE',
  'RESIZE',
  'REVERT_RESIZE',
  'SHUTOFF',
  'SUSPENDED',
  'VERIFY_RESIZE',
]);

/** Members that later versions of the API show otherwise are read as 2.46 shows them: the flavor by its id. */
const READ = { microversion: '2.46' };

export const pathOfServer = (step: Step): string =>
  `/v2.1/servers/${encodeURIComponent(idOf(step))}`;

export const serverOf = (step: Step): Promise<ValueMap> =>
  show(step, 'compute', pathOfServer(step), 'server', READ);
export const findServer = (step: Step): Promise<ValueMap | undefined> =>
  find(step, 'compute', pathOfServer(step), 'server', READ);

export const act = (step: Step, body: ValueMap, microversion = '2.60') =>
  step.cloud.request('compute', 'POST', `${pathOfServer(step)}/action`, { body, microversion });

/** The failure that a server in ERROR means. */
export function inError(server: ValueMap, what: string): ResourceFailure {
  const fault = mapIn(server, 'fault');
  const reason = fault['message'] === undefined ? '' : `: ${String(fault['message'])}`;
  return new ResourceFailure(`${what} failed: the server is in status ERROR${reason}`);
}

/** Whether a server has come to be ACTIVE; a failure when it never will. */
export function isActive(server: ValueMap, what: string): boolean {
  const status = String(server['status']);
  if (status === 'ACTIVE') return true;
  if (status === 'ERROR') throw inError(server, what);
  if (PASSING.has(status)) return false;
  throw new ResourceFailure(`${what} failed: the server is in status ${status}.`);
}

const CHANGES = 'changes';

interface Pending {
  readonly change: Change;
  /** It was asked for. */
  readonly asked?: boolean;
}

/** Writes down what is to be done after another. */
export const saveChanges = (step: Step, changes: readonly Change[]): Promise<void> =>
  step.save({
    data: {
      [CHANGES]:
        changes.length === 0
          ? null
          : JSON.stringify(changes.map((change): Pending => ({ change }))),
    },
  });

/** One step further; true when all is done. */
export async function advance(step: Step): Promise<boolean> {
  const saved = step.data[CHANGES];
  if (saved === undefined) return true;
  const [first, ...rest] = JSON.parse(saved) as Pending[];
  if (first === undefined) return true;
  const isDone = await carryOut(step, first.change, first.asked === true);
  const left: Pending[] = isDone ? rest : [{ ...first, asked: true }, ...rest];
  if (isDone || first.asked !== true) {
    await step.save({ data: { [CHANGES]: left.length === 0 ? null : JSON.stringify(left) } });
  }
  return left.length === 0;
}

/** Asks for a change, or looks how far it is; bears being asked again. */
function carryOut(step: Step, change: Change, asked: boolean): Promise<boolean> {
  switch (change.kind) {
    case 'detach':
      return detach(step, change.port, asked);
    case 'attach':
      return attach(step, change.attachment, asked);
    case 'resize':
      return resize(step, change.flavor, asked);
    case 'rebuild':
      return rebuild(step, change.body, asked);
  }
}

async function interfaceOf(step: Step, port: string): Promise<ValueMap | undefined> {
  return find(step, 'compute', `${pathOfServer(step)}/os-interface/${port}`, 'interfaceAttachment');
}

/** Takes an interface away; a port of the resource's own goes with it. */
async function detach(step: Step, port: string, asked: boolean): Promise<boolean> {
  if (!asked) {
    try {
      await step.cloud.request('compute', 'DELETE', `${pathOfServer(step)}/os-interface/${port}`);
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
    return false;
  }
  if ((await interfaceOf(step, port)) !== undefined) return false;
  await removePorts(
    step,
    ownPorts(step).filter(({ id }) => id === port),
  );
  return true;
}

async function attach(step: Step, attachment: ValueMap, asked: boolean): Promise<boolean> {
  const port = attachment['port_id'];
  if (asked) {
    return typeof port !== 'string' || (await interfaceOf(step, port)) !== undefined;
  }
  if (typeof port === 'string' && (await interfaceOf(step, port)) !== undefined) return true;
  await step.cloud.request('compute', 'POST', `${pathOfServer(step)}/os-interface`, {
    body: { interfaceAttachment: attachment },
    microversion: '2.49',
  });
  return false;
}

/** Takes an interface away and waits until its port is free for another server. */
export async function detachNow(step: Step, port: string): Promise<void> {
  await detach(step, port, false);
  for (const end = Date.now() + PATIENCE; Date.now() < end && !step.signal.aborted;) {
    if ((await interfaceOf(step, port)) === undefined) return;
    await sleep(200);
  }
  throw new ResourceFailure(`The port ${port} could not be taken from the server.`);
}

/** Gives a port to the server unless it has it. */
export async function attachNow(step: Step, port: string): Promise<void> {
  if (!(await attach(step, { port_id: port }, true))) await attach(step, { port_id: port }, false);
}

async function resize(step: Step, flavor: string, asked: boolean): Promise<boolean> {
  const server = await serverOf(step);
  const { status } = server;
  if (status === 'ERROR') throw inError(server, 'Resizing');
  if (status === 'VERIFY_RESIZE') {
    await act(step, { confirmResize: null }).catch((error: unknown) => {
      if (!isFault(error, 'conflict')) throw error;
    });
    return false;
  }
  if (status === 'RESIZE') return false;
  if (mapIn(server, 'flavor')['id'] === flavor) return true;
  if (!asked) {
    await act(step, { resize: { flavorRef: flavor } });
    return false;
  }
  if ((server['OS-EXT-STS:task_state'] ?? null) !== null) return false;
  throw new ResourceFailure(`Resizing to flavor ${flavor} failed: the server has its former one.`);
}

async function rebuild(step: Step, body: ValueMap, asked: boolean): Promise<boolean> {
  const server = await serverOf(step);
  const { status } = server;
  if (status === 'ERROR' && asked) throw inError(server, 'Rebuilding');
  if (status === 'REBUILD') return false;
  if (asked) return true;
  await act(step, { rebuild: body });
  return false;
}
