import { ConfigError, readServerConfig, type ServerConfig } from '../runtime/config.ts'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'

/** The settings of a server. @throws Refusal with one sentence that names the variable which cannot be used */
export function readConfig(env: NodeJS.ProcessEnv): ServerConfig {
  try {
    return readServerConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(error.message, exitCodes.usage)
    throw error
  }
}
