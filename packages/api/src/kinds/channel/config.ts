/**
 * default-ch-webhook: the template of Channels, Sequences and Parallels that name none. Source: reference section 5.3.
 */
import { type ChannelDefaults, type ChannelTemplate, shippedChannelDefaults } from '../shared/channel-template.ts';
import { isFields } from '../shared/objects.ts';
import { readScopedDefaults } from '../shared/scoped-defaults.ts';

export const channelDefaultsConfigMap = 'default-ch-webhook';
const channelDefaultsKey = 'default-ch-config';

export type ChannelDefaultsResult =
  | { readonly kind: 'ok'; readonly defaults: ChannelDefaults }
  | { readonly kind: 'error'; readonly message: string };

/** A template, or what is wrong with it. */
function readTemplate(value: unknown, at: string): ChannelTemplate | string {
  if (!isFields(value)) return `${at} must be an object with apiVersion and kind`;
  const { apiVersion, kind, spec } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') return `${at}.apiVersion: expected text`;
  if (typeof kind !== 'string' || kind === '') return `${at}.kind: expected text`;
  if (spec !== undefined && spec !== null && !isFields(spec)) return `${at}.spec must be an object`;
  return { apiVersion, kind, ...(isFields(spec) ? { spec } : {}) };
}

/**
 * Reads a ConfigMap `default-ch-webhook`.
 *
 * @param data the ConfigMap's `data`.
 * @param parseYaml reads YAML text to plain values; it may throw for malformed text.
 * @returns the defaults, or an error that names the key and the fields.
 */
export function parseChannelDefaults(
  data: Readonly<Record<string, string>> | undefined,
  parseYaml: (text: string) => unknown,
): ChannelDefaultsResult {
  const found = readScopedDefaults(channelDefaultsConfigMap, channelDefaultsKey, data, parseYaml);
  if (found.kind === 'error') return found;
  const { at, cluster: named } = found;
  const cluster =
    named === undefined || named === null ? shippedChannelDefaults.cluster : readTemplate(named, 'clusterDefault');
  const scopes = found.namespaces.map(
    ([name, template]) => [name, readTemplate(template, `namespaceDefaults.${name}`)] as const,
  );
  const problems = [cluster, ...scopes.map(([, template]) => template)].filter((part) => typeof part === 'string');
  if (typeof cluster === 'string' || problems.length > 0) {
    return { kind: 'error', message: `${at}: ${problems.join('; ')}` };
  }
  return { kind: 'ok', defaults: { cluster, namespaces: Object.fromEntries(scopes) as ChannelDefaults['namespaces'] } };
}
