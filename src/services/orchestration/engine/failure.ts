import { Fault, messageOf } from '../../../core/errors.ts';
import { TemplateError } from '../language/errors.ts';
import { ResourceFailure } from '../resources/type.ts';

/** A resource's action has failed; the reason is in its row. */
export class StepFailed extends Error {
  readonly resource: string;
  readonly action: string;

  constructor(resource: string, action: string, reason: string) {
    super(reason);
    this.resource = resource;
    this.action = action;
  }
}

/** The action was ended from outside: cancelled, out of time, or followed by another. */
export class Interrupted extends Error {}

const NAMES: Readonly<Record<string, string>> = {
  badRequest: 'BadRequest',
  unauthorized: 'Unauthorized',
  forbidden: 'Forbidden',
  notFound: 'NotFound',
  conflict: 'Conflict',
  tooLarge: 'OverLimit',
  tooManyRequests: 'OverLimit',
  unavailable: 'ServiceUnavailable',
  internal: 'ClientException',
  notImplemented: 'NotSupported',
};

/** Reads reasons of ours: `Resource CREATE failed: NotFound: resources.a: …`. */
const REASON = /^(?:Resource \w+ failed: )?(?:([A-Za-z]+): )?(resources\.[\s\S]*)$/;

/** A reason as Heat words it: `NotFound: resources.web: the image …`. */
export function reasonOf(resource: string, error: unknown): string {
  if (error instanceof NestedFailure) {
    const [, name = 'StackFailure', rest = error.message] = REASON.exec(error.message) ?? [];
    return rest.startsWith('resources.')
      ? `${name}: resources.${resource}.${rest}`
      : `${name}: resources.${resource}: ${rest}`;
  }
  // These say by themselves where they stand.
  if (error instanceof TemplateError && error.path[0] === 'resources') {
    return `StackValidationFailed: ${error.message}`;
  }
  const name =
    error instanceof Fault
      ? (NAMES[error.kind] ?? 'ClientException')
      : error instanceof ResourceFailure
        ? error.name
        : error instanceof Interrupted
          ? undefined
          : 'Error';
  if (name === undefined) return messageOf(error);
  return `${name}: resources.${resource}: ${messageOf(error)}`;
}

/** Throws what is neither a failure that is written down nor an end from outside: the engine itself could not go on. */
export function throwOthers(errors: readonly unknown[]): void {
  for (const error of errors) {
    if (!(error instanceof StepFailed) && !(error instanceof Interrupted)) throw error;
  }
}

/** The stack behind a resource has failed; the message is its reason. */
export class NestedFailure extends Error {}

/** Whether trying again a little later may help. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Fault
    ? error.kind === 'unavailable' || error.kind === 'tooManyRequests'
    : ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', '57P01', '57P02', '57P03'].includes(
        (error as { code?: string }).code ?? '',
      );
