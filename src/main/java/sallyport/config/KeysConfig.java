package sallyport.config;

/**
 * How keys are handled, whichever listener or backend they are for.
 *
 * @param looseModes what becomes of key files that others than their owner may read or write
 */
public record KeysConfig(LooseModes looseModes) {
  /** What becomes of a file with a secret that is not kept. */
  public enum LooseModes {
    /** Nothing starts. */
    REFUSE,
    /** A warning in the log. */
    WARN
  }
}
