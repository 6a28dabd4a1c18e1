package sallyport.front.h1;

/**
 * What a client connection still owes to a client that sends no more. Every call must run on the
 * event loop of the connection.
 */
public interface Answers {
  /** Whether a whole request waits for its answer, so that nothing is awaited of the client. */
  boolean isAnswering();

  /** Whether the client has yet to take answers that are written whole. */
  boolean isDelivering();

  /** Returns how many octets of all answers the client's socket has taken so far. */
  long deliveredBytes();

  /** Gives up what is not answered, and closes once the client has taken its answers. */
  void end();
}
