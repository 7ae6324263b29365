// Lists the config slices of the backends, for the schema of the whole config, and what every node says of itself.
import { z } from 'zod';
import { redisConfig } from './redis/config.ts';

const nodeConfig = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.:-]{1,128}$/, 'expected 1 to 128 letters, digits, "_", ".", ":" or "-"')
      .optional()
      .describe('Name of this node in lists, logs and metrics. By default its host name and port.'),
    address: z
      .string()
      .regex(/^[\w.:[\]-]{1,255}$/, 'expected an IP address or a host name')
      .optional()
      .describe('Address of this node for the list of gusher.cluster. By default an address of this machine.'),
  })
  .prefault({})
  .describe('This node, if there are several.');

/** Config sections of the backends, by the name of the section. */
export const backendConfigs = {
  redis: redisConfig,
  node: nodeConfig,
} as const;
