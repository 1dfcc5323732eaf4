/** The version that is published: that of package.json, read once. */
import manifest from '../package.json' with { type: 'json' };

export const version: string = manifest.version;
