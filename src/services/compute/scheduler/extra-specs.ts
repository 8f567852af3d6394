/**
 * Whether a value meets what an extra spec asks for, in Nova's little language: `<in> x`, `<all-in> x y`,
 * `<or> x <or> y`, `s== x`, `s!= x`, `s< x` and its like for texts, `=`, `==`, `!=`, `>=`, `<=`, `>`, `<` for numbers
 * (`=` is "at least"), else equality. Source: Nova's reference "extra specs", operators.
 */
export function meets(value: string, asked: string): boolean {
  const words = asked.trim().split(/\s+/);
  const [operator = '', ...rest] = words;
  const text = rest.join(' ');
  const comparison = TEXT[operator] ?? undefined;
  if (comparison) return comparison(value, text);
  const number = NUMBER[operator];
  if (number) return rest.length > 0 && number(Number(value), Number(text));
  if (operator === '<in>') return value.includes(text);
  if (operator === '<all-in>') return rest.every((word) => value.includes(word));
  if (operator === '<or>')
    return asked
      .split('<or>')
      .map((choice) => choice.trim())
      .includes(value);
  return value === asked;
}

const TEXT: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  's==': (a, b) => a === b,
  's!=': (a, b) => a !== b,
  's<': (a, b) => a < b,
  's<=': (a, b) => a <= b,
  's>': (a, b) => a > b,
  's>=': (a, b) => a >= b,
};

const NUMBER: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
};
