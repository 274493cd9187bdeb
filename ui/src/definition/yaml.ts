import { stringify } from 'yaml'

/** A definition as it stands in a file. Loaded with what shows it. */
export const yamlOf = (definition: unknown): string => stringify(definition, { lineWidth: 0 })
