package sallyport.net.transport;

/** A response alone, as {@link MinimumRate} sees it: its request has come, or has no body. */
public interface ResponseProgress extends TransferProgress {
  @Override
  default long requestBytes() {
    return 0;
  }

  @Override
  default boolean awaitsClient() {
    return false;
  }

  @Override
  default long minRequestRate() {
    return 0;
  }

  @Override
  default void requestTooSlow() {
    throw new IllegalStateException("no request is awaited");
  }
}
