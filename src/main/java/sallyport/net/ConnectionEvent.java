package sallyport.net;

/** Event of a whole connection, fired down its pipeline as a user event. */
public enum ConnectionEvent {
  /**
   * The gateway stops. The connection finishes what has begun, takes nothing new, then closes.
   * WebSockets are told to end. Comes {@link #LAST_REQUESTS_NANOS} after {@link #RETIRE}.
   */
  DRAIN,
  /**
   * Another configuration is in use. The connection finishes what has begun, without a time limit,
   * and takes requests for {@link #LAST_REQUESTS_NANOS}, since they may be on their way. Then it
   * closes.
   */
  RETIRE,
  /** The connection has had no request for longer than its limit. */
  IDLE;

  /** How long a connection takes requests after {@link #RETIRE}, in nanoseconds. */
  public static final long LAST_REQUESTS_NANOS = 1_000_000_000L;
}
