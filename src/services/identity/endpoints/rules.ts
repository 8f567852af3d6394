import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';

export const Interface = Type.Union([
  Type.Literal('public'),
  Type.Literal('internal'),
  Type.Literal('admin'),
]);

/** An address, or a path below this server's root; project and user ids may stand in it. */
export function checkUrl(url: string): void {
  const substituted = url.replaceAll(/[$%]\((tenant_id|project_id|user_id)\)s/g, 'x');
  const plain = substituted.startsWith('/') ? `http://server${substituted}` : substituted;
  if (/[$%]\(/.test(plain) || !/^https?:\/\//i.test(plain) || !URL.canParse(plain)) {
    throw badRequest(
      `Invalid endpoint URL ${url}: it must be an http or https address, in which only $(project_id)s, $(tenant_id)s and $(user_id)s are replaced.`,
    );
  }
}
