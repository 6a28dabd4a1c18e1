package sallyport.proxy;

import sallyport.http.Failure;

/** An exchange as {@link PaceKeeper} sees it: where both bodies are, and whose turn it is. */
interface Paced {
  /** Bytes of the request body so far. */
  long requestBytes();

  /** Whether nothing but the client keeps the request body from coming. */
  boolean awaitsClient();

  /** The least rate of the request body, bytes a second; 0 for none. */
  long minRequestRate();

  /** Bytes of the response that have left for the client. */
  long deliveredBytes();

  /** Whether some of the response waits for the client to take it. */
  boolean hasBacklog();

  /** The client is below the least rate. */
  void tooSlow(Failure.Client failure);
}
