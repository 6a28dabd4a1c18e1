package sallyport.net.transport;

/**
 * Progress of an exchange, for {@link MinimumRate}: of both bodies, and which side must send or
 * read next.
 */
public interface TransferProgress {
  /** Returns the number of bytes of the request body so far. */
  long requestBytes();

  /** Returns whether only the client keeps the request body from coming. */
  boolean awaitsClient();

  /** Returns the least rate of the request body, bytes a second; 0 for none. */
  long minRequestRate();

  /** Returns the number of bytes of the response that were sent to the client. */
  long deliveredBytes();

  /** Returns whether some of the response waits for the client to take it. */
  boolean hasBacklog();

  /** Reports that the client sends its request below the least rate, or has stopped. */
  void requestTooSlow();

  /** Reports that the client reads its response below the least rate, or has stopped. */
  void responseTooSlow();
}
