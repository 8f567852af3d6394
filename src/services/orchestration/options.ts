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
  /** Packages with types of resources from outside, below `<home>/drivers`, or absolute paths. */
  readonly types: readonly string[];
}

const DEFAULTS: OrchestrationOptions = {
  max_resources_per_stack: 1000,
  max_nested_stack_depth: 5,
  max_stacks_per_tenant: 512,
  stack_action_timeout: 3600,
  error_wait_time: 240,
  types: [],
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What a value of the option must be; undefined when it is that. */
function demand(name: string, value: unknown): string | undefined {
  if (name === 'signal_url') return typeof value === 'string' ? undefined : 'a text';
  if (name === 'types') {
    const isList = Array.isArray(value) && value.every(isText);
    if (isList && new Set(value).size === value.length) return undefined;
    return 'a list of packages, each of them once';
  }
  return Number.isInteger(value) && (value as number) >= -1
    ? undefined
    : 'a whole number, -1 or more';
}

/** Reads the options; fails with the name that is wrong. */
export function orchestrationOptions(given: unknown): OrchestrationOptions {
  const options: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries((given ?? {}) as Record<string, unknown>)) {
    if (!Object.hasOwn(DEFAULTS, name) && name !== 'signal_url') {
      throw new Fault('badRequest', `config.json: orchestration has no option "${name}"`);
    }
    const wanted = demand(name, value);
    if (wanted !== undefined) {
      throw new Fault(
        'badRequest',
        `config.json: orchestration.${name} is not valid: it must be ${wanted}`,
      );
    }
    options[name] = value;
  }
  return options as unknown as OrchestrationOptions;
}
