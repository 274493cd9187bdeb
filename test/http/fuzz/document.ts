import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import type { Service } from '../harness.ts'

/** A JSON schema, as far as ours go. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: string
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** One method of one path, as the server's own description has it. */
export interface Operation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly query: readonly { readonly name: string; readonly schema: Schema }[]
  /** What its body is to be; null where none is described. */
  readonly body: Schema | null
  /** What is wrong with a JSON answer of this status, in words; null where nothing is. */
  fault(status: number, answer: unknown): string | null
}

/** The description, as what a test asks of it. */
export class Api {
  readonly operations: readonly Operation[]
  readonly #schemas: Readonly<Record<string, Schema>>

  private constructor(document: Document) {
    this.#schemas = document.components.schemas
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ ...document, $id: 'api' })
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => operation(ajv, path, method, described)),
    )
  }

  static async of(service: Service): Promise<Api> {
    const { status, text } = await service.get('/openapi.json')
    expect(status).toBe(200)
    const document: Document = JSON.parse(text)
    return new Api(document)
  }

  /** The schema itself, where it is only a reference to one. */
  resolved(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1)
    return (name === undefined ? undefined : this.#schemas[name]) ?? schema
  }
}

function operation(ajv: Ajv2020, path: string, method: string, described: Described): Operation {
  const name = `${method.toUpperCase()} ${path}`
  const json = (content: Content | undefined): Schema | null => content?.content?.['application/json']?.schema ?? null
  return {
    name,
    method: method.toUpperCase(),
    path,
    query: (described.parameters ?? []).filter((parameter) => parameter.in === 'query'),
    body: json(described.requestBody),
    fault(status, answer) {
      if (json(described.responses[status]) === null) return null
      const pointer = [path, method, 'responses', String(status), 'content', 'application/json', 'schema']
      const place = pointer.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent)
      const validate = ajv.getSchema(`api#/paths/${place.join('/')}`)
      if (validate === undefined) return `there is no schema of ${status}`
      return validate(answer) ? null : ajv.errorsText(validate.errors)
    },
  }
}
