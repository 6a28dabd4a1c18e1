package sallyport.stream;

import java.util.Locale;
import sallyport.observe.Reason;

/** Ends of a stream, by the side that caused them. */
enum StreamEnd implements Reason {
  /** The client announced the end of its data first (close_notify). */
  CLIENT_CLOSED,
  /** The backend did. */
  BACKEND_CLOSED,
  /** The client's connection was reset, or ended without close_notify. */
  CLIENT_ABORTED,
  /** The backend's was. */
  BACKEND_ABORTED,
  /** Neither side sent anything for longer than {@code timeouts.idle}. */
  IDLE,
  /** The gateway stopped. */
  DRAINED,
  /** What the client began with is not the protocol of the listener. */
  REFUSED,
  /** The gateway did what was asked: a database was asked to cancel a query. */
  SERVED,
  /** There was no connection to the backend. */
  NOT_CONNECTED;

  @Override
  public String flag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
