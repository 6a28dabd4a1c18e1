package sallyport.stream;

import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.stream.ForwardTo;
import sallyport.observe.access.AccessLog;

/**
 * Parts that all streams of one listener share. Immutable.
 *
 * @param targets by the names of the backends of {@code forwardTo}
 * @param firstNanos how long a client may be silent after the handshake where it speaks first;
 *     above 0
 * @param idleNanos how long neither side may send anything; above 0
 * @param unaudited whether streams are refused because audit lines cannot be written
 */
public record StreamContext(
    String listener,
    ForwardTo forwardTo,
    Map<String, StreamTarget> targets,
    StreamProtocol protocol,
    long firstNanos,
    long idleNanos,
    BooleanSupplier unaudited,
    AccessLog accessLog) {
  /**
   * Returns the backend for a client.
   *
   * @param serverName its SNI; null without one
   * @return null for a client that is refused
   */
  @Nullable StreamTarget target(@Nullable String serverName) {
    String backend = forwardTo.backend(serverName);
    return backend == null ? null : targets.get(backend);
  }
}
