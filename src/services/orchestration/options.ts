import { Fault } from '../../core/errors.ts';

/** Member `orchestration` of `config.json`; the names are heat.conf's. */
export interface OrchestrationOptions {
  /** Most resources of a stack with all stacks inside it; -1: any number. */
  readonly max_resources_per_stack: number;
  /** Stacks inside each other. */
  readonly max_nested_stack_depth: number;
  /** Stacks of a project that stand by themselves; -1: any number. */
  readonly max_stacks_per_tenant: number;
  /** Seconds that an action may take unless the stack says otherwise. */
  readonly stack_action_timeout: number;
  /** Seconds that resources under way have to come to their end when another one failed. */
  readonly error_wait_time: number;
  /** Address at which servers reach the signals; the one of the request that made the stack without it. */
  readonly signal_url?: string;
}

const DEFAULTS: OrchestrationOptions = {
  max_resources_per_stack: 1000,
  max_nested_stack_depth: 5,
  max_stacks_per_tenant: 512,
  stack_action_timeout: 3600,
  error_wait_time: 240,
};

/** Reads the options; fails with the name that is wrong. */
export function orchestrationOptions(given: unknown): OrchestrationOptions {
  const options: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries((given ?? {}) as Record<string, unknown>)) {
    const isText = name === 'signal_url';
    if (!Object.hasOwn(DEFAULTS, name) && !isText) {
      throw new Fault('badRequest', `config.json: orchestration has no option "${name}"`);
    }
    if (isText ? typeof value !== 'string' : !Number.isInteger(value) || (value as number) < -1) {
      throw new Fault('badRequest', `config.json: orchestration.${name} is not valid`);
    }
    options[name] = value;
  }
  return options as unknown as OrchestrationOptions;
}
