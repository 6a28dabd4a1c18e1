package sallyport.cluster;

/** Reason for which an endpoint takes no requests, beside an ejection. */
public enum Withdrawal {
  /** Its health checks fail. It takes requests where no other endpoint is left. */
  UNHEALTHY(1),

  /** An operator has drained it. It takes no request but those bound to its connections. */
  DRAINED(2);

  /** In a set of reasons. */
  final int bit;

  Withdrawal(int bit) {
    this.bit = bit;
  }
}
