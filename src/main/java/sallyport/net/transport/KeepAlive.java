package sallyport.net.transport;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import sallyport.config.http.PingsConfig;

/**
 * Detector of dead peers on HTTP/2 connections: it sends PING after a silence (RFC 9113 section
 * 6.7). Any octet is a sign of life, not the answer alone.
 *
 * <p>Servers of gRPC end a connection after three or four PINGs that are less than five minutes
 * apart, unless they have sent a message in between. A silence therefore has two PINGs at the
 * configured pace, and further ones are more than five minutes apart.
 *
 * <p>Belongs to one event loop; every call must run there.
 */
public final class KeepAlive {
  /** PINGs of one silence that need not be far apart. */
  private static final int CLOSE_TOGETHER = 2;

  private static final long FAR_APART_NANOS = Duration.ofSeconds(310).toNanos();

  /** The connection. */
  public interface Connection {
    /**
     * Returns whether the other end has still to take what was written: nothing can be asked behind
     * it.
     */
    boolean hasBacklog();

    /** Sends a PING. */
    void ping();

    /** Reports that no answer has come in time. */
    void lost();
  }

  private final EventExecutor loop;
  private final Connection connection;
  private final long intervalNanos;
  private final long timeoutNanos;
  private final Deadline deadline;

  /** Whether a stream waits for the other end. */
  private boolean watched;

  /** When that was last not so. */
  private long unwatchedSince;

  /** Whether a PING waits for its answer. */
  private boolean asked;

  /** Whether anything has come since the deadline was armed. */
  private boolean heard;

  /** PINGs since anything else but an answer came. */
  private int pings;

  private boolean answered;

  /**
   * @param config an interval of 0 asks for nothing, ever
   */
  public KeepAlive(EventExecutor loop, PingsConfig config, Connection connection) {
    this.loop = loop;
    this.connection = connection;
    this.intervalNanos = config.interval().toNanos();
    this.timeoutNanos = config.timeout().toNanos();
    this.deadline = new Deadline(loop, this::onExpiry);
    this.unwatchedSince = loop.ticker().nanoTime();
  }

  /** Starts to watch: a first stream is open. After a long pause a PING is due at once. */
  public void watch() {
    watched = true;
    if (intervalNanos == 0 || asked) {
      return;
    }
    if (loop.ticker().nanoTime() - unwatchedSince >= intervalNanos) {
      ask();
    } else {
      listen();
    }
  }

  /** Stops to watch: no stream is open. */
  public void unwatch() {
    watched = false;
    unwatchedSince = loop.ticker().nanoTime();
    if (!asked) {
      deadline.clear();
    }
  }

  /** Records that octets were received; called after {@link #answered()} in the same read. */
  public void heard() {
    heard = true;
    if (!answered) {
      pings = 0;
    }
    answered = false;
    if (asked) {
      asked = false;
      if (watched) {
        listen();
      } else {
        deadline.clear();
      }
    }
  }

  /** Records the answer to a PING. */
  public void answered() {
    answered = true;
  }

  /** Asks now, unless it has been asked already. */
  public void ask() {
    if (intervalNanos == 0 || asked) {
      return;
    }
    asked = true;
    pings++;
    deadline.arm(timeoutNanos);
    connection.ping();
  }

  /** Asks no more. */
  public void close() {
    watched = false;
    asked = false;
    deadline.close();
  }

  private void listen() {
    heard = false;
    deadline.arm(pings < CLOSE_TOGETHER ? intervalNanos : Math.max(intervalNanos, FAR_APART_NANOS));
  }

  private void onExpiry() {
    if (asked) {
      if (connection.hasBacklog()) {
        deadline.arm(timeoutNanos);
      } else {
        close();
        connection.lost();
      }
    } else if (watched) {
      if (heard || connection.hasBacklog()) {
        listen();
      } else {
        ask();
      }
    }
  }
}
