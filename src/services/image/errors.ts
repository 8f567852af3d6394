import { badRequest, conflict, forbidden, notFound, type Fault } from '../../core/errors.ts';

export const imageNotFound = (id: string): Fault => notFound(`No image found with ID ${id}`);

export const readOnly = (attribute: string): Fault =>
  forbidden(`Attribute '${attribute}' is read-only.`);

export const reserved = (attribute: string): Fault =>
  forbidden(`Attribute '${attribute}' is reserved.`);

export const isProtected = (id: string): Fault =>
  forbidden(
    `Image ${id} is protected and cannot be deleted: set its attribute protected to false first.`,
  );

export const duplicateId = (id: string): Fault => conflict(`Image ID ${id} already exists!`);

export const wrongStatus = (id: string, status: string, needed: string): Fault =>
  conflict(`Image ${id} is ${status}; this needs it to be ${needed}.`);

export const noImageContent = (why: string): Fault =>
  badRequest(`The data is not what the image says it is: ${why}. Nothing was stored.`);
