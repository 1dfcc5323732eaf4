export { attributeOf } from './attribute.ts';
export { type CompileFilterResult, compileFilter } from './compile.ts';
export * from './filter.ts';
