package sallyport.tls.clients;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.net.ConnectionEvent;
import sallyport.net.Connections;

/**
 * Connection whose client's certificate will expire. Then it finishes what has begun and takes
 * nothing new; what is still open after {@link #GRACE} is cut.
 *
 * <p>On the event loop of the connection.
 */
final class ExpiringConnection {
  /** How long what has begun may go on after the certificate has expired. */
  static final Duration GRACE = Duration.ofMinutes(1);

  /** Longest wait until the clock is read again: it may have been set, or the machine suspended. */
  static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private final Channel connection;
  private final Instant end;
  private final Clock clock;
  private final Runnable onExpired;
  private @Nullable Future<?> timer;

  private ExpiringConnection(Channel connection, Instant end, Clock clock, Runnable onExpired) {
    this.connection = connection;
    this.end = end;
    this.clock = clock;
    this.onExpired = onExpired;
  }

  /**
   * Watches a connection until it closes.
   *
   * @param end the last instant at which the certificate is valid
   * @param onExpired is called once, when it has expired
   */
  static void watch(Channel connection, Instant end, Clock clock, Runnable onExpired) {
    ExpiringConnection watched = new ExpiringConnection(connection, end, clock, onExpired);
    connection.closeFuture().addListener(closed -> watched.cancel());
    watched.await();
  }

  private void await() {
    // The first millisecond after the end.
    Duration left = Duration.between(clock.instant(), end).plusMillis(1);
    schedule(this::look, left.compareTo(LONGEST_WAIT) < 0 ? left : LONGEST_WAIT);
  }

  private void look() {
    if (clock.instant().isAfter(end)) {
      onExpired.run();
      connection.pipeline().fireUserEventTriggered(ConnectionEvent.RETIRE);
      schedule(this::drain, Duration.ofNanos(ConnectionEvent.LAST_REQUESTS_NANOS));
    } else {
      await();
    }
  }

  private void drain() {
    connection.pipeline().fireUserEventTriggered(ConnectionEvent.DRAIN);
    schedule(() -> Connections.cut(connection), GRACE);
  }

  private void schedule(Runnable next, Duration after) {
    timer = connection.eventLoop().schedule(next, after.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void cancel() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
