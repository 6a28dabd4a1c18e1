package sallyport.net;

/** Event of a whole connection, fired through its pipeline as a user event. */
public enum ConnectionEvent {
  /** Finish what has begun, take nothing new, then close. */
  DRAIN,
  /**
   * Another configuration is in use: finish what has begun, however long that takes, and take what
   * comes within {@link #LAST_REQUESTS_NANOS}, since it may be on its way; then close.
   */
  RETIRE,
  /** There has been no request for too long. */
  IDLE;

  /** How long a connection that is to retire still takes requests, in nanoseconds. */
  public static final long LAST_REQUESTS_NANOS = 1_000_000_000L;
}
