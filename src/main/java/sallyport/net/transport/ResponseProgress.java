package sallyport.net.transport;

/** Progress of a response alone, for {@link MinimumRate}: its request has come, or has no body. */
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
