package sallyport.connect.stream;

/** A request stream that is being opened. Every call must run on its event loop. */
public interface PendingStream {
  /** Calls the listener no more. */
  void cancel();

  /** Whether the listener has been called. */
  boolean isDone();
}
