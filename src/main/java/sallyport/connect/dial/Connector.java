package sallyport.connect.dial;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.config.backend.BackendConfig;
import sallyport.connect.endpoint.Addresses;
import sallyport.connect.endpoint.ConnectionObserver;
import sallyport.connect.security.Established;
import sallyport.connect.security.SecurityStep;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.net.Failure;

/**
 * Connector to the endpoints of one backend: it resolves the name, connects to one address after
 * the other, sends a PROXY protocol header ({@link ProxyHeader}), and secures the connection. One
 * timeout limits all steps. It knows neither pools nor HTTP.
 *
 * <p>{@link #connect} and all that follows runs on the event loop of the connection; {@link #close}
 * on any thread.
 */
public final class Connector {
  /** Listener to one connection, on its event loop. */
  public interface Listener {
    /**
     * Reports a secured connection. {@link Opening#accept} or {@link Opening#reject} must follow,
     * now or later.
     */
    void onEstablished(Opening opening, Established connection);

    /** Reports that no address is usable. */
    void onFailed(Failure.Upstream failure);
  }

  private final BackendConfig backend;
  private final long timeoutNanos;
  private final Addresses.Resolver resolver;
  private final Dialer dialer;
  private final SecurityStep security;
  private final ConnectionObserver observer;

  /** Connections that are being opened: no pool and no exchange may know of them. */
  private final ChannelGroup opening =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, /* stayClosed= */ true);

  /** The connector of requests, with the {@code connect-timeout} of the backend. */
  public Connector(
      BackendConfig backend,
      Addresses.Resolver resolver,
      Dialer dialer,
      SecurityStep security,
      ConnectionObserver observer) {
    this(backend, backend.connectTimeout(), resolver, dialer, security, observer);
  }

  /**
   * @param timeout of all steps of one connection
   */
  public Connector(
      BackendConfig backend,
      Duration timeout,
      Addresses.Resolver resolver,
      Dialer dialer,
      SecurityStep security,
      ConnectionObserver observer) {
    this.backend = backend;
    this.timeoutNanos = timeout.toNanos();
    this.resolver = resolver;
    this.dialer = dialer;
    this.security = security;
    this.observer = observer;
  }

  /**
   * Opens one.
   *
   * @param http1 whether only HTTP/1.1 will do
   */
  public void connect(
      EventLoop loop, Endpoint endpoint, ConnectionNeeds needs, boolean http1, Listener listener) {
    new Opening(loop, endpoint, needs, http1, listener).begin();
  }

  /** Returns the failure of a connection that had been secured. */
  public Failure.Upstream classify(Throwable cause) {
    return security.classify(cause);
  }

  /** Closes what is being opened, now and later. */
  public void close() {
    opening.close();
  }

  private ChannelFuture dial(EventLoop loop, SocketAddress address) {
    ChannelFuture connecting = dialer.dial(loop, address);
    opening.add(connecting.channel());
    return connecting;
  }

  /** One connection that is being opened. */
  public final class Opening implements AddressRace.Listener, SecurityStep.Listener {
    private final EventLoop loop;
    private final Endpoint endpoint;
    private final ConnectionNeeds needs;
    private final boolean http1;
    private final Listener listener;
    private final long startNanos = System.nanoTime();

    private @Nullable Future<?> timer;
    private @Nullable AddressRace race;

    /** The address in use, and the connection to it. */
    private @Nullable SocketAddress address;

    private @Nullable Channel current;

    /** What became of the last address. */
    private Failure.Upstream failure = Failure.Upstream.CONNECT_REFUSED;

    /** Whether the connection was accepted, or will not come about. */
    private boolean over;

    private Opening(
        EventLoop loop,
        Endpoint endpoint,
        ConnectionNeeds needs,
        boolean http1,
        Listener listener) {
      this.loop = loop;
      this.endpoint = endpoint;
      this.needs = needs;
      this.http1 = http1;
      this.listener = listener;
    }

    private void begin() {
      timer = loop.schedule(this::onTimeout, timeoutNanos, TimeUnit.NANOSECONDS);
      resolver
          .resolve(loop, endpoint)
          .addListener((Future<List<SocketAddress>> resolved) -> onResolved(resolved));
    }

    private void onResolved(Future<List<SocketAddress>> resolved) {
      if (over) {
        return;
      }
      if (!resolved.isSuccess()) {
        failure = Failure.Upstream.UNRESOLVED;
        observer.connectFailed(endpoint, null, failure, security.describe(resolved.cause()));
        end();
        return;
      }
      race = new AddressRace(loop, resolved.getNow(), timeoutNanos, each -> dial(loop, each), this);
      race.next();
    }

    @Override
    public void onConnected(Channel channel, SocketAddress connected) {
      address = connected;
      current = channel;
      // Known from now on, also when the socket is closed.
      channel.remoteAddress();
      ProxyHeader.send(channel, backend.proxyProtocol(), needs);
      if (!security.begin(channel, endpoint, connected, http1, this)) {
        // The backend has been let go since, and all clients that could use it are gone.
        end();
      }
    }

    @Override
    public void onRefused(SocketAddress refused, Throwable cause) {
      failure = Failure.Upstream.CONNECT_REFUSED;
      observer.connectFailed(endpoint, refused, failure, security.describe(cause));
    }

    @Override
    public void onExhausted() {
      end();
    }

    private void onTimeout() {
      failure = Failure.Upstream.CONNECT_TIMEOUT;
      List<SocketAddress> silent = race == null ? List.of() : race.waitingFor();
      if (silent.isEmpty()) {
        observer.connectFailed(endpoint, address, failure, null);
      } else {
        silent.forEach(each -> observer.connectFailed(endpoint, each, failure, null));
      }
      end();
    }

    @Override
    public void onSecured(Established connection) {
      if (!over) {
        listener.onEstablished(this, connection);
      }
    }

    /** Closes the connection to this address, and tries the next one, if there is one. */
    @Override
    public void onRefused(Channel channel, Failure.Upstream reason, @Nullable String detail) {
      if (over || race == null) {
        return;
      }
      failure = reason;
      channel.close();
      observer.connectFailed(endpoint, address, reason, detail);
      race.next();
    }

    /** Returns whether the connection has been accepted, or given up. */
    public boolean isOver() {
      return over;
    }

    /** Takes the connection into use. */
    public void accept(Established connection) {
      over = true;
      cancelTimer();
      opening.remove(connection.channel());
      security.inUse(connection.channel());
      observer.connected(endpoint, System.nanoTime() - startNanos);
    }

    /** Closes the connection, and tries the next address. */
    public void reject(Established connection, Failure.Upstream reason) {
      onRefused(connection.channel(), reason, null);
    }

    private void end() {
      over = true;
      cancelTimer();
      if (race != null) {
        race.stop();
      }
      if (current != null) {
        current.close();
      }
      listener.onFailed(failure);
    }

    private void cancelTimer() {
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }
}
