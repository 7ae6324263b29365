// Answers as zod schemas. shared/api.ts has their types, for the page, which must not load zod. Each schema is checked by the
// compiler to describe exactly its type.
import { z } from 'zod';

/** The name of a schema in `components.schemas` of the document. */
export const answerShapes = z.registry<{ id: string }>();

type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]: Plain<T[Field]> }
    : T;

type IsSame<One, Other> =
  (<T>() => T extends Plain<One> ? 1 : 2) extends <T>() => T extends Plain<Other> ? 1 : 2 ? true : false;

/**
 * Names the schema of a type of shared/api.ts: `shapeOf<Removal>()('Removal', z.strictObject(…))`. It does not compile if the
 * schema has another type, also if only an optional field is missing on either side.
 */
export function shapeOf<Type>() {
  return <Schema extends z.ZodType>(
    id: string,
    schema: IsSame<Type, z.output<Schema>> extends true ? Schema : never,
  ): z.ZodType<Type> => {
    answerShapes.add(schema, { id });
    return schema as unknown as z.ZodType<Type>;
  };
}

/** A point in time. */
export const time = z.number().describe('ms since 1970');
/** A count. */
export const count = z.int().min(0);
/** The order of a message. */
export const mid = z
  .string()
  .regex(/^\d{1,16}$/)
  .describe('Orders messages, and says nothing else.');
/** Where the next page begins. */
export const cursor = z.string().describe('The "after" of the next page; absent on the last one.');
/** The status of each recipient, by its name. */
export const statuses = z.record(z.string(), z.string()).describe('The status of each recipient, by its name.');
/** Whether a message goes to a device or to a group. */
export const sendType = z.enum(['personal', 'group']);
