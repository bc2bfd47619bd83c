/** Something that the user can do something about: told in words, without a stack trace. */
export class KnownFault extends Error {
  override name = 'KnownFault'
  readonly advice: string

  constructor(what: string, advice: string, options?: ErrorOptions) {
    super(what, options)
    this.advice = advice
  }
}
