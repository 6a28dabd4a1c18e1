package sallyport.observe.access;

/** Log of finished exchanges and streams; it never waits and never throws. Any thread. */
@FunctionalInterface
public interface AccessLog {
  /** Writes one line. */
  void record(ExchangeLog exchange);

  /** Writes one line. */
  default void record(StreamLog stream) {}

  /**
   * Writes JSON lines through the logger {@code sallyport.access}.
   *
   * @param query whether the query string is written; it may carry patient data
   * @param clientSubject whether the subject of a client's certificate is; it may be a person
   */
  static AccessLog jsonLines(boolean query, boolean clientSubject) {
    return new JsonAccessLog(query, clientSubject);
  }

  /** Writes nothing. */
  static AccessLog none() {
    return exchange -> {};
  }
}
