import type { Dialect } from './dialect.ts';
import { TITLE } from './dialect.ts';

/** Newest first; Glance lists one entry a minor version and all lead to the same place. */
const MINORS = [15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

const versions = (serviceUrl: string) => ({
  versions: MINORS.map((minor, index) => ({
    id: `v2.${minor}`,
    status: index === 0 ? 'CURRENT' : 'SUPPORTED',
    links: [{ rel: 'self', href: `${serviceUrl}/v2/` }],
  })),
});

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Glance: https://docs.openstack.org/api-ref/image/v2/ . Its errors are HTML pages: clients read the status only. */
export const imageDialect: Dialect = {
  service: 'image',
  prefix: '/image',
  projectScope: true,
  discovery: [
    { path: '/', status: 300, body: versions },
    { path: '/versions', status: 200, body: versions },
  ],
  error: (fault, status) => {
    const title = `${status} ${TITLE[status] ?? 'Error'}`;
    return {
      mediaType: 'text/html; charset=UTF-8',
      body: `<html>
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
  ${escape(fault.message)}<br /><br />


 </body>
</html>`,
    };
  },
};
