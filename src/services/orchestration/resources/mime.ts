// Messages of several parts (RFC 2045, 2046), as cloud-init takes them for user data.

const quoted = (text: string): string =>
  `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n]/g, ' ')}"`;

/** One text as a part of a MIME message (RFC 2045): as it is when it is ASCII, else in base64. */
export function textPart(text: string, subtype: string, filename: string): string {
  // eslint-disable-next-line no-control-regex
  const ascii = /^[\x00-\x7f]*$/.test(text);
  const headers = [
    `Content-Type: text/${subtype}; charset="${ascii ? 'us-ascii' : 'utf-8'}"`,
    'MIME-Version: 1.0',
    `Content-Transfer-Encoding: ${ascii ? '7bit' : 'base64'}`,
    ...(filename === '' ? [] : [`Content-Disposition: attachment; filename=${quoted(filename)}`]),
  ];
  const body = ascii
    ? text
    : Buffer.from(text)
        .toString('base64')
        .replace(/.{76}(?=.)/g, '$&\n');
  return `${headers.join('\n')}\n\n${body}`;
}

/** The parts of a message that is multipart itself, with their headers; none when it is not. */
export function partsOf(message: string): string[] {
  const head = message.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const boundary =
    /^content-type:\s*multipart\/[^;]+;(?:.|\n[ \t])*?boundary="?([^"\n;]+)"?/im.exec(head)?.[1];
  if (boundary === undefined) return [];
  const parts = `\n${message.slice(head.length)}`.split(`\n--${boundary}`);
  return parts
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .map((part) => part.replace(/^[ \t]*\r?\n/, '').replace(/\r$/, ''));
}

/** A message of all parts. The boundary begins with this word, and stands in none of them. */
export function multipart(parts: readonly string[], word = 'ovenbird'): string {
  let boundary = `===============${word}==`;
  while (parts.some((part) => part.includes(boundary))) boundary += '=';
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    'MIME-Version: 1.0',
    '',
    ...parts.flatMap((part) => [`--${boundary}`, part]),
    `--${boundary}--`,
    '',
  ].join('\n');
}
