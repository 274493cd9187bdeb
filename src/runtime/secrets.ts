/**
 * The variables that hold secrets, or connections with a password in them. They are read once at start, and no job,
 * supervisor or log gets them.
 */
export const secretNames: readonly string[] = [
  'ADMIN_TOKEN',
  'WORKER_DOMAIN_TOKEN',
  'API_TOKEN',
  'SEED_DEV_TOKEN',
  'HYDRA_SECRET_KEY',
  'REDIS_URL',
  'MONGO_URL',
]

/** Removes the secrets, so that no process started from here inherits one. To be called when all of them are read. */
export function forgetSecrets(env: Record<string, string | undefined>): void {
  for (const name of secretNames) delete env[name]
}
