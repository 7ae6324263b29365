// Answers that several parts of the interface share.
import { z } from 'zod';
import type { ErrorCode } from '../../base/errors.ts';
import { HTTP_STATUS, type Refusal } from '../../dialects/kit/errors.ts';
import { shapeOf } from './shape.ts';

/** Every refusal. */
export const refusal = shapeOf<Refusal>()(
  'Refusal',
  z.strictObject({
    error: z.string().describe('What was expected, for people.'),
    code: z.enum(Object.keys(HTTP_STATUS) as ErrorCode[]).describe('For programs.'),
  }),
);

/** `{}` */
export const nothing = shapeOf<Readonly<Record<string, never>>>()('Nothing', z.strictObject({}));
