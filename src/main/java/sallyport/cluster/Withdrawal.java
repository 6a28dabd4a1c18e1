package sallyport.cluster;

/** Reason for which an endpoint takes no requests, beside an ejection. */
public enum Withdrawal {
  /** Its health checks fail. It takes requests where no other endpoint is left. */
  UNHEALTHY,

  /** An operator has drained it. It takes no request but those bound to its connections. */
  DRAINED
}
