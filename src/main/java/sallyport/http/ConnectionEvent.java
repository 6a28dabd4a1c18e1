package sallyport.http;

/** What happens to a connection as a whole: fired down its pipeline as a user event. */
public enum ConnectionEvent {
  /** Finish what has begun, take nothing new, then close. */
  DRAIN,
  /** There has been no request for too long. */
  IDLE
}
