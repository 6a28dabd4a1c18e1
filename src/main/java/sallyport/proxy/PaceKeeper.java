package sallyport.proxy;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.config.PaceConfig;
import sallyport.http.Failure;

/**
 * Holds the clients of one event loop to a least rate: whoever sends or takes a body so slowly that
 * only an attack or a dead line explains it is ended, however regular the drops are that keep the
 * other timeouts from firing.
 *
 * <p>Looks at every exchange a few times in each window. The data path pays for it with nothing but
 * a place in a list, since the exchange counts its bytes anyway; a fast one has come and gone
 * between two looks. Every call must run on the loop.
 */
final class PaceKeeper implements Runnable {
  private static final int LOOKS_PER_WINDOW = 5;

  /** An exchange in the list, and where it stood when the current window began. */
  static final class Place {
    private final Paced paced;
    private @Nullable Place before;
    private @Nullable Place after;
    private long requestMark;
    private int requestLooks;
    private long deliveredMark;
    private int backlogLooks;

    private Place(Paced paced) {
      this.paced = paced;
    }
  }

  private final EventLoop loop;
  private final PaceConfig config;
  private final long lookNanos;
  private @Nullable Place first;
  private boolean scheduled;

  PaceKeeper(EventLoop loop, PaceConfig config) {
    this.loop = loop;
    this.config = config;
    this.lookNanos = Math.max(1, config.window().toNanos() / LOOKS_PER_WINDOW);
  }

  /** Keeps an eye on this exchange until it leaves. */
  Place enter(Paced paced) {
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

  void leave(Place place) {
    assert loop.inEventLoop();
    if (place.before != null) {
      place.before.after = place.after;
    } else if (first == place) {
      first = place.after;
    }
    if (place.after != null) {
      place.after.before = place.before;
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
    Place place = first;
    while (place != null) {
      // It may leave while it is looked at.
      Place next = place.after;
      lookAt(place);
      place = next;
    }
    if (first != null) {
      lookLater();
    }
  }

  private void lookAt(Place place) {
    Paced paced = place.paced;
    long delivered = paced.deliveredBytes();
    if (!paced.hasBacklog()) {
      place.backlogLooks = 0;
      place.deliveredMark = delivered;
    } else if (++place.backlogLooks > LOOKS_PER_WINDOW) {
      if (isBelow(delivered - place.deliveredMark, config.minResponseRate())) {
        paced.tooSlow(Failure.Client.READ_TOO_SLOW);
        return;
      }
      place.backlogLooks = 1;
      place.deliveredMark = delivered;
    }
    long received = paced.requestBytes();
    if (!paced.awaitsClient()) {
      place.requestLooks = 0;
      place.requestMark = received;
    } else if (++place.requestLooks > LOOKS_PER_WINDOW) {
      if (isBelow(received - place.requestMark, paced.minRequestRate())) {
        paced.tooSlow(Failure.Client.BODY_TOO_SLOW);
        return;
      }
      place.requestLooks = 1;
      place.requestMark = received;
    }
  }

  /** Whether this many bytes in a window are fewer than the rate asks for. */
  private boolean isBelow(long bytes, long perSecond) {
    return bytes < perSecond * config.window().toMillis() / 1000.0;
  }
}
