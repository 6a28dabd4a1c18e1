package sallyport.config;

/**
 * What the process runs on.
 *
 * @param workers event loops, 1 or more
 * @param maxBufferMemory bytes that all buffers may hold together; 0: by what the JVM allows
 */
public record RuntimeConfig(TransportKind transport, int workers, long maxBufferMemory) {
  /** How sockets are driven. {@link #AUTO} takes the best that loads. */
  public enum TransportKind {
    AUTO,
    IO_URING,
    EPOLL,
    NIO
  }
}
