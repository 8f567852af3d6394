import type { Cloud } from './cloud.ts';
import { chosenEngine } from './engine.ts';
import { lockHolder } from './lock.ts';
import { planOf } from './plan.ts';
import { memoryOf, ownMemoryOf, startedAt, type Memory, type ProcessIdentity } from './process.ts';
import { readStatus, type UnitState, type UnitStatus } from './status.ts';
import { recordedProcess } from './unit.ts';

/** One process of a cloud as it is now. */
export interface ComponentStatus {
  readonly name: string;
  readonly state: UnitState;
  readonly pid?: number;
  /** Seconds. */
  readonly uptime?: number;
  /** Bytes, of the process and its descendants. */
  readonly pss?: number;
  readonly rss?: number;
  /** Under the present supervisor. */
  readonly restarts: number;
  readonly lastError?: UnitStatus['lastError'];
}

/** Looks at every process of a cloud: the supervisor's word on states, the kernel's on processes. */
export function inspectCloud(cloud: Cloud): ComponentStatus[] {
  const known = readStatus(cloud.layout);
  const holder = lockHolder(cloud.layout);
  const supervisor = holder?.purpose === 'supervisor' ? holder : undefined;
  const components = planOf(cloud, chosenEngine(cloud)).components.map(({ name }) => {
    const unit = known?.components[name];
    const identity = recordedProcess(cloud, name);
    return {
      name,
      state: stateOf(supervisor === undefined ? undefined : unit?.state, identity !== undefined),
      restarts: unit?.restarts ?? 0,
      ...(identity === undefined ? {} : facts(identity, memoryOf(identity.pid))),
      ...(unit?.lastError === undefined ? {} : { lastError: unit.lastError }),
    };
  });
  return [
    ...components,
    supervisor === undefined
      ? { name: 'supervisor', state: 'stopped', restarts: 0 }
      : {
          name: 'supervisor',
          state: 'running',
          restarts: 0,
          ...facts(supervisor, ownMemoryOf(supervisor.pid)),
        },
  ];
}

/** The supervisor may not have noticed yet what the kernel knows. */
function stateOf(told: UnitState | undefined, alive: boolean): UnitState {
  if (alive) return told === 'starting' ? 'starting' : 'running';
  return told === 'starting' || told === 'waiting'
    ? told
    : told === 'running'
      ? 'waiting'
      : 'stopped';
}

const facts = (identity: ProcessIdentity, memory: Memory) => ({
  pid: identity.pid,
  uptime: Math.max(0, Math.round((Date.now() - startedAt(identity)) / 1000)),
  ...memory,
});
