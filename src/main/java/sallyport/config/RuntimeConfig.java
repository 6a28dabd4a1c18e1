package sallyport.config;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of the process.
 *
 * @param workers event loops, 1 or more
 * @param maxBufferMemory bytes that all buffers may hold together; 0: by what the JVM allows
 * @param tcpUserTimeout how long a peer's TCP may leave what was sent to it unacknowledged, or have
 *     no room for more; 0: as long as the operating system lets it
 */
public record RuntimeConfig(
    TransportKind transport,
    int workers,
    long maxBufferMemory,
    @Limit(
            key = "tcp-user-timeout",
            min = "100ms",
            max = "1h",
            orZero = true,
            looser = Looser.NEVER,
            reason = "a change needs a restart")
        Duration tcpUserTimeout) {
  /** Transport of sockets. {@link #AUTO} takes the best that loads. */
  public enum TransportKind {
    AUTO,
    IO_URING,
    EPOLL,
    NIO
  }
}
