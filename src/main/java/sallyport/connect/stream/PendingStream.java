package sallyport.connect.stream;

/** Request stream that is being opened. Every call must run on its event loop. */
public interface PendingStream {
  /** Calls the listener no more. */
  void cancel();

  /** Returns whether the listener has been called. */
  boolean isDone();
}
