import { Fault } from '../../core/errors.ts';

/** There is no such stack, or none that the caller may know of. */
export const stackNotFound = (name: string): Fault =>
  new Fault('notFound', `The Stack (${name}) could not be found.`, { type: 'EntityNotFound' });

export const resourceNotFound = (name: string, stack: string): Fault =>
  new Fault('notFound', `The Resource (${name}) could not be found in Stack ${stack}.`, {
    type: 'ResourceNotFound',
  });

export const stackExists = (name: string): Fault =>
  new Fault('conflict', `The Stack (${name}) already exists.`, { type: 'StackExists' });

export const actionInProgress = (name: string, action: string): Fault =>
  new Fault('conflict', `Stack ${name} already has an action (${action}) in progress.`, {
    type: 'ActionInProgress',
  });

export const validationFailed = (message: string): Fault =>
  new Fault('badRequest', message, { type: 'StackValidationFailed' });

export const notSupported = (message: string): Fault =>
  new Fault('badRequest', message, { type: 'NotSupported' });
