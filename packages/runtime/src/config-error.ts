export interface ConfigFault {
  /** `REDIS_URL`, or `sluice.config.yaml:12 accounts[0].numberPrefix`. */
  where: string
  /** What is wrong and what to do about it, in one or two sentences. Never contains a secret. */
  problem: string
}

/** Everything that is wrong with the configuration, at once. `runService` prints it plainly and exits with 78. */
export class ConfigError extends Error {
  readonly code = 'config-invalid'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(
      [
        `The configuration cannot be used: ${faults.length === 1 ? 'one fault' : `${faults.length} faults`}.`,
        ...faults.map(({ where, problem }) => `  ${where}: ${problem}`),
      ].join('\n'),
    )
    this.name = 'ConfigError'
    this.faults = faults
  }
}
