package sallyport.connect.dial;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Attempts to connect to the addresses of one name, in order, until one succeeds (RFC 8305 section
 * 5). The next address follows at once after a refusal, and after a short delay while an address
 * does not answer; the first that connects is used, and the others are closed.
 *
 * <p>Every call must run on the event loop.
 */
final class AddressRace {
  /** Listener to the outcome, on the event loop. */
  interface Listener {
    /**
     * Reports a TCP connection; {@link AddressRace#next} tries the other addresses if it is
     * unusable.
     */
    void onConnected(Channel channel, SocketAddress address);

    /** Reports an address that failed; another may follow. */
    void onRefused(SocketAddress address, Throwable cause);

    /** Reports that no address is left. */
    void onExhausted();
  }

  private record Attempt(SocketAddress address, Channel channel) {}

  /** The Connection Attempt Delay that RFC 8305 section 5 recommends. */
  private static final long LONGEST_DELAY = TimeUnit.MILLISECONDS.toNanos(250);

  private final EventExecutor loop;
  private final List<SocketAddress> addresses;
  private final Function<SocketAddress, ChannelFuture> connector;
  private final Listener listener;
  private final long delayNanos;
  private final List<Attempt> attempts = new ArrayList<>(1);
  private int begun;
  private @Nullable Future<?> delay;

  /**
   * @param addresses at least one
   * @param timeoutNanos how long all of it may take; each address has a share of it at least
   */
  AddressRace(
      EventExecutor loop,
      List<SocketAddress> addresses,
      long timeoutNanos,
      Function<SocketAddress, ChannelFuture> connector,
      Listener listener) {
    this.loop = loop;
    this.addresses = addresses;
    this.connector = connector;
    this.listener = listener;
    this.delayNanos = Math.min(LONGEST_DELAY, timeoutNanos / addresses.size());
  }

  /** Begins with the next address, the first one included. */
  void next() {
    cancelDelay();
    if (begun == addresses.size()) {
      if (attempts.isEmpty()) {
        listener.onExhausted();
      }
      return;
    }
    SocketAddress address = addresses.get(begun++);
    ChannelFuture connecting = connector.apply(address);
    Attempt attempt = new Attempt(address, connecting.channel());
    attempts.add(attempt);
    if (begun < addresses.size()) {
      delay = loop.schedule(this::next, delayNanos, TimeUnit.NANOSECONDS);
    }
    connecting.addListener(done -> onDone(attempt, connecting));
  }

  private void onDone(Attempt attempt, ChannelFuture connecting) {
    if (!attempts.remove(attempt)) {
      // Too late.
      attempt.channel().close();
    } else if (connecting.isSuccess()) {
      stop();
      listener.onConnected(attempt.channel(), attempt.address());
    } else {
      listener.onRefused(attempt.address(), connecting.cause());
      next();
    }
  }

  /** Returns the addresses that have not answered yet. */
  List<SocketAddress> waitingFor() {
    return attempts.stream().map(Attempt::address).toList();
  }

  /** Gives up the addresses that have not answered yet. */
  void stop() {
    cancelDelay();
    List<Attempt> losers = List.copyOf(attempts);
    attempts.clear();
    losers.forEach(loser -> loser.channel().close());
  }

  private void cancelDelay() {
    if (delay != null) {
      delay.cancel(false);
      delay = null;
    }
  }
}
