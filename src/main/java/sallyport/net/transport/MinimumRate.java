package sallyport.net.transport;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.PaceConfig;

/**
 * Watch over the exchanges of one event loop that ends those of slow clients: it trickles, which
 * keeps the other timeouts from firing, or it takes nothing of its response any more.
 *
 * <p>Looks at every exchange at regular intervals, at least five in a window and in an idle
 * timeout. While it is the client's turn, an interval in which at least one byte moved is active,
 * and any other is a pause. Two rules hold for each direction:
 *
 * <ul>
 *   <li>A pause may last as long as the idle timeout, and no longer.
 *   <li>A window ends when its active intervals add up to {@link PaceConfig#window}, or its pauses
 *       to more than the idle timeout. By then as many bytes must have moved as the least rate
 *       gives in {@link PaceConfig#window}.
 * </ul>
 *
 * <p>So a client may pause, and one that sends a byte before each timeout may not: it is ended
 * within a window and an idle timeout. When it is not the client's turn, both start again.
 *
 * <p>The data path pays for a place in a list, since the exchange counts its bytes anyway; a fast
 * one has come and gone between two looks. Every call must run on the loop.
 */
public final class MinimumRate implements Runnable {
  private static final int LOOKS = 5;

  /** Entry of an exchange in the list. */
  public static final class Place {
    private final TransferProgress paced;
    private @Nullable Place before;
    private @Nullable Place after;

    /** Null while it is not the client's turn. */
    private @Nullable Progress request;

    /** Null while nothing waits for the client. */
    private @Nullable Progress response;

    private Place(TransferProgress paced) {
      this.paced = paced;
    }
  }

  /** Progress of one direction, while it is the client's turn. */
  private static final class Progress {
    /** Bytes when the window began. */
    private long mark;

    /** Bytes at the last look. */
    private long last;

    /** Of this window. */
    private long activeNanos;

    /** Of this window. */
    private long pausedNanos;

    /** Since the last byte moved. */
    private long silentNanos;

    Progress(long bytes) {
      mark = bytes;
      last = bytes;
    }
  }

  private final EventLoop loop;
  private final PaceConfig config;
  private final long idleNanos;
  private final long windowNanos;
  private final long lookNanos;
  private @Nullable Place first;

  /** The one to be looked at next, while it looks: any may leave meanwhile. */
  private @Nullable Place next;

  private boolean scheduled;

  /**
   * For the exchanges of one loop.
   *
   * @param idleTimeout how long a client may pause
   */
  MinimumRate(EventLoop loop, PaceConfig config, Duration idleTimeout) {
    this.loop = loop;
    this.config = config;
    this.idleNanos = idleTimeout.toNanos();
    this.windowNanos = config.window().toNanos();
    this.lookNanos = Math.max(1, Math.min(windowNanos, idleNanos) / LOOKS);
  }

  /**
   * Returns one watch for each loop.
   *
   * @param idleTimeout how long a client may pause
   */
  public static Map<EventLoop, MinimumRate> perLoop(
      Iterable<EventExecutor> loops, PaceConfig config, Duration idleTimeout) {
    Map<EventLoop, MinimumRate> keepers = new HashMap<>();
    for (EventExecutor loop : loops) {
      keepers.put((EventLoop) loop, new MinimumRate((EventLoop) loop, config, idleTimeout));
    }
    return Map.copyOf(keepers);
  }

  /** Watches this exchange until it leaves. */
  public Place enter(TransferProgress paced) {
    assert loop.inEventLoop();
    Place place = new Place(paced);
    place.after = first;
    if (first != null) {
      first.before = place;
    }
    first = place;
    lookLater();
    return place;
  }

  /** Watches it no more. */
  public void leave(Place place) {
    assert loop.inEventLoop();
    if (place.before != null) {
      place.before.after = place.after;
    } else if (first == place) {
      first = place.after;
    }
    if (place.after != null) {
      place.after.before = place.before;
    }
    if (next == place) {
      next = place.after;
    }
    place.before = null;
    place.after = null;
  }

  private void lookLater() {
    if (!scheduled) {
      scheduled = true;
      loop.schedule(this, lookNanos, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void run() {
    scheduled = false;
    for (Place place = first; place != null; place = next) {
      next = place.after;
      lookAt(place);
    }
    if (first != null) {
      lookLater();
    }
  }

  private void lookAt(Place place) {
    TransferProgress paced = place.paced;
    if (!paced.hasBacklog()) {
      place.response = null;
    } else if (place.response == null) {
      place.response = new Progress(paced.deliveredBytes());
    } else if (isTooSlow(place.response, paced.deliveredBytes(), config.minResponseRate())) {
      paced.responseTooSlow();
      return;
    }
    if (!paced.awaitsClient()) {
      place.request = null;
    } else if (place.request == null) {
      place.request = new Progress(paced.requestBytes());
    } else if (isTooSlow(place.request, paced.requestBytes(), paced.minRequestRate())) {
      paced.requestTooSlow();
    }
  }

  private boolean isTooSlow(Progress progress, long bytes, long perSecond) {
    // What is added to a backlog takes some away with its framing: that is no movement.
    boolean moved = bytes > progress.last;
    progress.last = bytes;
    if (moved) {
      progress.activeNanos += lookNanos;
      progress.silentNanos = 0;
    } else {
      progress.pausedNanos += lookNanos;
      progress.silentNanos += lookNanos;
    }
    if (progress.silentNanos > idleNanos) {
      return true;
    }
    if (progress.activeNanos < windowNanos && progress.pausedNanos <= idleNanos) {
      return false;
    }
    boolean below = bytes - progress.mark < perSecond * config.window().toMillis() / 1000.0;
    progress.mark = bytes;
    progress.activeNanos = 0;
    progress.pausedNanos = 0;
    return below;
  }
}
