// The settings of a key, in the section `keys` of the config and in requests. What they mean is in access/key-record.ts.
import { z } from 'zod';
import { isKeyForm } from '../access/key-record.ts';
import { httpUrl } from '../config/config-fields.ts';
import { checkNewName, readGroups } from '../delivery/device.ts';

/** A name of a device or group. */
const label = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => isLabel(text), 'expected 1 to 64 characters without "/", "," and control characters');

function isLabel(text: string): boolean {
  try {
    checkNewName(text);
    return true;
  } catch {
    return false;
  }
}

const pattern = z
  .string()
  .regex(/^[^\p{Cc}/,]{1,64}$/u, 'expected the name of a device or group; * stands for any characters');

const patterns = (text: string) => z.array(pattern).max(256).optional().describe(text);

/** Settings that a request can set and change. */
export const keyFields = {
  device: label.optional().describe('Default target: the device that gets what names no target. It is registered.'),
  group: label.optional().describe('Default target: the group that gets what names no target.'),
  groups: z
    .array(label)
    .max(32)
    .transform((groups) => readGroups(groups))
    .optional()
    .describe('Groups of the device.'),
  send: patterns(
    'Devices and groups that it may send to; `*` stands for any characters. By default the default target and its members.',
  ),
  receive: patterns('Devices and groups that it may receive and read; by default none.'),
  manage: z.boolean().optional().describe('Whether it may use /v1 as the owner does, except keys and apps.'),
  priority: z.int().min(1).max(5).optional().describe('Priority of messages that name none.'),
  tags: z.array(z.string().min(1).max(64)).max(16).optional().describe('Tags of messages that name none.'),
  icon: httpUrl('Icon of messages that name none.').optional(),
  rate: z
    .strictObject({
      perMinute: z.int().min(1).max(100_000).describe('How many messages it may send a minute; by default any number.'),
      burst: z.int().min(1).max(100_000).describe('How many at once after a pause.'),
    })
    .optional()
    .describe('How many messages it may send; absent: any number.'),
  secret: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .meta({ description: 'Checks the signatures of webhooks that use the key.', writeOnly: true }),
  expires: z.int().min(0).optional().describe('When it ends, in ms since 1970. Without it, never.'),
  enabled: z.boolean().optional().describe('Whether it may be used.'),
};

/** The name of a key: it is shown as the sender. */
export const keyName = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u, 'expected 1 to 64 characters without control characters')
  .refine((text) => text.trim() === text, 'expected no blank at either end')
  .refine((text) => !/^\.{1,2}$/.test(text), 'expected another name: browsers take "." and ".." out of a path');

/** Why settings do not fit together. */
export function conflictOf({ device, group, groups }: { device?: unknown; group?: unknown; groups?: unknown }) {
  if (device !== undefined && group !== undefined) return 'expected device or group, not both';
  return groups !== undefined && device === undefined ? 'groups goes with device' : undefined;
}

const configuredKey = z
  .strictObject({
    name: keyName.describe('The name of the sender, shown with its messages.'),
    key: z.string().refine(isKeyForm, 'expected 15 to 128 letters, digits, ".", "_" or "-"').meta({
      description: 'The text that the sender shows: 15 to 128 letters, digits, `.`, `_` or `-`.',
      writeOnly: true,
    }),
    ...keyFields,
  })
  .superRefine((key, context) => {
    const message = conflictOf(key);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** The section `keys` of the config. */
export const keysConfig = z
  .array(configuredKey)
  .max(10_000)
  .default([])
  .superRefine((keys, context) => {
    for (const field of ['name', 'key'] as const) {
      const seen = new Set<string>();
      for (const [index, key] of keys.entries()) {
        // Not the text itself, because it is a secret.
        if (seen.has(key[field]))
          context.addIssue({ code: 'custom', message: `another key has this ${field}`, path: [index, field] });
        seen.add(key[field]);
      }
    }
  })
  .describe('Keys of senders. Others can be made while the relay runs, with `herald keys create`.');
