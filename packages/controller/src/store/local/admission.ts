/**
 * What stands between a write and the store: defaults and validation of the kind, by the settings in force.
 *
 * Settings are read from the ConfigMaps Knative has for them, as they are stored: `config-br-defaults`, `default-ch-webhook`
 * and `config-ping-defaults` in `knative-eventing`. One that cannot be read is reported and leaves the last good settings.
 */
import {
  admit,
  brokerDefaultsConfigMap,
  channelDefaultsConfigMap,
  defaultKindContext,
  isConfigMap,
  type KindContext,
  parseBrokerDefaults,
  parseChannelDefaults,
  type Resource,
  renderFieldErrors,
  systemNamespace,
} from '@millrace/api';
import type { Logger } from '@millrace/runtime';
import { parse as parseYaml } from 'yaml';
import { StoreError } from '../store-error.ts';

const pingDefaultsConfigMap = 'config-ping-defaults';

export class Admission {
  readonly #logger: Logger;
  #context: KindContext = defaultKindContext;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The object with defaults, in the version it is stored in. Throws `StoreError` (`invalid`). */
  admit(resource: Resource, before?: Resource): Resource {
    const result = admit(resource, this.#context, before);
    if (result.kind === 'ok') return result.resource;
    throw new StoreError('invalid', `validation failed: ${renderFieldErrors(result.errors)}`, {
      fieldErrors: result.errors,
      kind: String(resource.kind),
      name: String(resource.metadata?.name ?? ''),
    });
  }

  /** Takes note of an object that was stored: settings among them take effect. */
  observe(object: Resource, removed = false): void {
    if (!isConfigMap(object) || object.metadata.namespace !== systemNamespace) return;
    if (object.metadata.name === brokerDefaultsConfigMap) this.#brokerDefaults(removed ? undefined : object);
    if (object.metadata.name === channelDefaultsConfigMap) this.#channelDefaults(removed ? undefined : object);
    if (object.metadata.name === pingDefaultsConfigMap) {
      const bytes = Number(removed ? '' : (object.data?.['data-max-size'] ?? ''));
      const { pingDataBytesMax } = defaultKindContext;
      this.#context = {
        ...this.#context,
        pingDataBytesMax: Number.isInteger(bytes) && bytes !== 0 ? bytes : pingDataBytesMax,
      };
    }
  }

  #brokerDefaults(configMap: Resource | undefined): void {
    if (configMap === undefined) {
      this.#context = { ...this.#context, brokerDefaults: defaultKindContext.brokerDefaults };
      return;
    }
    const parsed = parseBrokerDefaults(configMap.data, (text) => parseYaml(text) as unknown);
    if (parsed.kind === 'ok') this.#context = { ...this.#context, brokerDefaults: parsed.defaults };
    else this.#logger.warn('broker defaults cannot be read; the last good ones stay', { reason: parsed.message });
  }

  #channelDefaults(configMap: Resource | undefined): void {
    if (configMap === undefined) {
      this.#context = { ...this.#context, channelDefaults: defaultKindContext.channelDefaults };
      return;
    }
    const parsed = parseChannelDefaults(configMap.data, (text) => parseYaml(text) as unknown);
    if (parsed.kind === 'ok') this.#context = { ...this.#context, channelDefaults: parsed.defaults };
    else this.#logger.warn('channel defaults cannot be read; the last good ones stay', { reason: parsed.message });
  }
}
