package sallyport.net.transport;

/** An exchange as {@link MinimumRate} sees it: where both bodies are, and whose turn it is. */
public interface TransferProgress {
  /** Bytes of the request body so far. */
  long requestBytes();

  /** Whether only the client keeps the request body from coming. */
  boolean awaitsClient();

  /** The least rate of the request body, bytes a second; 0 for none. */
  long minRequestRate();

  /** Bytes of the response that have left for the client. */
  long deliveredBytes();

  /** Whether some of the response waits for the client to take it. */
  boolean hasBacklog();

  /** The client sends its request below the least rate, or has stopped. */
  void requestTooSlow();

  /** The client takes its response below the least rate, or has stopped. */
  void responseTooSlow();
}
