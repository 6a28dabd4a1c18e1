package sallyport.front.h1;

/**
 * Responses that an HTTP/1 connection has yet to give to a client that has closed its sending side.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public interface Answers {
  /**
   * Returns whether a complete request waits for its response, so that nothing is awaited of the
   * client.
   */
  boolean isAnswering();

  /** Returns whether responses are written that the client has not received. */
  boolean isDelivering();

  /** Returns the number of body bytes that the client's socket has taken, of all responses. */
  long deliveredBytes();

  /** Drops requests without a response, and closes once the client has received its responses. */
  void end();
}
