/**
 * The JSONPath dialect of Kubernetes, as far as printer columns use it: fields with `\.` escapes, `['quoted']` fields,
 * indices (negative from the end), `[*]`, and filters such as `[?(@.type=="Ready")]`.
 *
 * Source: the kubectl reference, "JSONPath Support".
 */
import { isObject } from '../store/json.ts';

type Step = (value: unknown) => readonly unknown[];

export type JsonPath = (value: unknown) => readonly unknown[];

/** Compiles a path such as `.status.conditions[?(@.type=="Ready")].status`. Throws for what is no path. */
export function compileJsonPath(text: string): JsonPath {
  const steps: Step[] = [];
  let rest = text.startsWith('$') ? text.slice(1) : text;
  while (rest !== '') {
    const [step, length] = rest.startsWith('[') ? bracketStep(rest, text) : dotStep(rest, text);
    steps.push(step);
    rest = rest.slice(length);
  }
  return (value) => steps.reduce<readonly unknown[]>((found, step) => found.flatMap(step), [value]);
}

/** The characters of a field's name: anything but what ends it, each after a backslash as well. */
const fieldPattern = /^\.((?:\\.|[^.[\\])+)/;

function dotStep(rest: string, whole: string): [Step, number] {
  const match = fieldPattern.exec(rest);
  if (match === null) throw new Error(`not a JSONPath: ${whole}: expected a field at "${rest}"`);
  const name = (match[1] ?? '').replaceAll(/\\(.)/g, '$1');
  return [name === '*' ? everything : field(name), match[0].length];
}

function bracketStep(rest: string, whole: string): [Step, number] {
  const filter = /^\[\?\((.+?)\)\]/.exec(rest);
  if (filter !== null) return [filterStep(filter[1] ?? '', whole), filter[0].length];
  const plain = /^\[(?:(\*)|(-?\d+)|'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\]/.exec(rest);
  if (plain === null) throw new Error(`not a JSONPath: ${whole}: cannot read "${rest}"`);
  const [all, star, index, single, double] = plain;
  if (star !== undefined) return [everything, all.length];
  if (index !== undefined) return [element(Number(index)), all.length];
  return [field((single ?? double ?? '').replaceAll(/\\(.)/g, '$1')), all.length];
}

function everything(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function field(name: string): Step {
  return (value) => (isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []);
}

function element(index: number): Step {
  return (value) => {
    if (!Array.isArray(value)) return [];
    const at = index < 0 ? value.length + index : index;
    return at >= 0 && at < value.length ? [value[at]] : [];
  };
}

const comparisons: Readonly<Record<string, (left: unknown, right: unknown) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => typeof left === typeof right && (left as number) < (right as number),
  '<=': (left, right) => typeof left === typeof right && (left as number) <= (right as number),
  '>': (left, right) => typeof left === typeof right && (left as number) > (right as number),
  '>=': (left, right) => typeof left === typeof right && (left as number) >= (right as number),
};

function filterStep(condition: string, whole: string): Step {
  const match = /^\s*@(\S*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?)\s*)?$/.exec(condition);
  if (match === null) throw new Error(`not a JSONPath: ${whole}: cannot read the filter "${condition}"`);
  const [, path = '', operator, text = ''] = match;
  const left = compileJsonPath(path);
  if (operator === undefined) return (value) => everything(value).filter((item) => left(item).length > 0);
  const compare = comparisons[operator];
  const right = literal(text, whole);
  return (value) => everything(value).filter((item) => left(item).some((found) => compare?.(found, right)));
}

function literal(text: string, whole: string): unknown {
  const quoted = /^(?:'(.*)'|"(.*)")$/.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  if (text === 'true' || text === 'false') return text === 'true';
  if (!Number.isNaN(Number(text))) return Number(text);
  throw new Error(`not a JSONPath: ${whole}: "${text}" is neither quoted text nor a number`);
}
