package sallyport.config;

/**
 * What the process runs on.
 *
 * @param workers event loops, 1 or more
 */
public record RuntimeConfig(TransportKind transport, int workers) {
  /** How sockets are driven. {@link #AUTO} takes the best that loads. */
  public enum TransportKind {
    AUTO,
    IO_URING,
    EPOLL,
    NIO
  }
}
