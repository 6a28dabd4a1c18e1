package sallyport.connect.check;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Withdrawal;
import sallyport.cluster.health.CheckResult;
import sallyport.cluster.health.CheckTimes;
import sallyport.cluster.health.HealthState;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Protocol;
import sallyport.config.backend.BackendConfig.ProxyProtocol;
import sallyport.config.health.HealthConfig;
import sallyport.config.health.HealthConfig.Check;
import sallyport.connect.dial.Connector;
import sallyport.connect.endpoint.CheckObserver;
import sallyport.connect.pool.Http1Connection;
import sallyport.connect.pool.Lifetime;
import sallyport.connect.security.Established;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.RequestEncoder;
import sallyport.http.codec.h1.ResponseDecoder;
import sallyport.net.Failure;

/**
 * Repeated check of one endpoint: one at a time, each on a connection of its own, which is closed
 * after it.
 *
 * <p>{@link #start}, {@link #stop} and {@link #state} may be called on any thread; all else runs on
 * one event loop.
 */
final class EndpointCheck implements Connector.Listener {
  private final EventLoop loop;
  private final BackendConfig backend;
  private final Endpoint endpoint;
  private final Connector connector;
  private final CheckObserver observer;
  private final CheckTimes times;

  private volatile HealthState state = HealthState.UNCHECKED;

  private boolean stopped;

  /** When the next check begins. */
  private @Nullable Future<?> next;

  private long startNanos;

  /** The connection of the present check, once it is established. */
  private @Nullable Channel channel;

  EndpointCheck(
      EventLoop loop,
      BackendConfig backend,
      Endpoint endpoint,
      Connector connector,
      CheckObserver observer,
      CheckTimes times) {
    this.loop = loop;
    this.backend = backend;
    this.endpoint = endpoint;
    this.connector = connector;
    this.observer = observer;
    this.times = times;
  }

  /** Begins to check. */
  void start() {
    loop.execute(() -> schedule(times.first()));
  }

  /** Ends the checks, the present one included. The state stays as it is. */
  void stop() {
    loop.execute(
        () -> {
          stopped = true;
          if (next != null) {
            next.cancel(false);
          }
          connector.close();
          closeChannel();
        });
  }

  HealthState state() {
    return state;
  }

  private void schedule(long nanos) {
    if (!stopped) {
      next = loop.schedule(this::begin, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void begin() {
    startNanos = loop.ticker().nanoTime();
    observer.begin();
    connector.connect(loop, endpoint, ConnectionNeeds.OWN, isHttp1Only(), this);
  }

  private long elapsed() {
    return loop.ticker().nanoTime() - startNanos;
  }

  /** Returns whether requests would offer HTTP/1.1 alone. */
  private boolean isHttp1Only() {
    return switch (backend.protocol()) {
      case HTTP1, TCP, POSTGRES, PASS_THROUGH -> true;
      case HTTP2 -> false;
      case AUTO -> backend.proxyProtocol() != ProxyProtocol.OFF;
    };
  }

  // ---- one check

  @Override
  public void onEstablished(Connector.Opening opening, Established connection) {
    if (backend.health().check() != Check.HTTP) {
      accept(opening, connection);
      // A PROXY protocol header may still wait.
      connection.channel().flush();
      end(new CheckResult.Passed());
    } else if (connection.protocol().equals(ApplicationProtocolNames.HTTP_2) && !isHttp1Only()) {
      requestOverHttp2(opening, connection);
    } else if (connection.protocol().equals(ApplicationProtocolNames.HTTP_1_1)
        && backend.protocol() != Protocol.HTTP2) {
      requestOverHttp1(opening, connection);
    } else {
      opening.reject(connection, Failure.Upstream.PROTOCOL_MISMATCH);
    }
  }

  private void accept(Connector.Opening opening, Established connection) {
    opening.accept(connection);
    channel = connection.channel();
  }

  private void requestOverHttp1(Connector.Opening opening, Established established) {
    accept(opening, established);
    ResponseDecoder decoder =
        new ResponseDecoder(HttpLimits.ofBackend(backend.limits().maxFields()), backend.lenient());
    Http1Connection connection =
        new Http1Connection(
            established.channel(),
            established.authenticatedEnd(),
            /* pool= */ null,
            new Lifetime(
                /* generation= */ 0,
                established.validUntilNanos(),
                /* idleNanos= */ 0,
                established.validUntilNanos()),
            decoder,
            connector::classify);
    ChannelPipeline pipeline = established.channel().pipeline();
    pipeline.addLast("decoder", decoder);
    pipeline.addLast("encoder", new RequestEncoder());
    pipeline.addLast("check", connection);
    new HttpCheck(backend, endpoint, this::end).send(connection, times.left(elapsed()));
  }

  private void requestOverHttp2(Connector.Opening opening, Established established) {
    Http2Opening.install(
        established.channel(),
        backend,
        connector::classify,
        stream -> {
          if (opening.isOver()) {
            return;
          }
          accept(opening, established);
          new HttpCheck(backend, endpoint, this::end).send(stream, times.left(elapsed()));
        },
        failure -> opening.reject(established, failure));
  }

  @Override
  public void onFailed(Failure.Upstream failure) {
    end(new CheckResult.Failing(failure, observer.detail()));
  }

  private void end(CheckResult result) {
    closeChannel();
    if (stopped) {
      return;
    }
    HealthConfig rules = backend.health();
    HealthState before = state;
    HealthState after = before.after(result, rules);
    state = after;
    if (after.isHealthy()) {
      endpoint.restore(Withdrawal.UNHEALTHY);
    } else {
      endpoint.withdraw(Withdrawal.UNHEALTHY);
    }
    observer.checked(result, before, after);
    switch (result) {
      case CheckResult.Passed passed -> endpoint.ejection().checkPassed();
      case CheckResult.Failed failed -> endpoint.ejection().checkFailed();
    }
    schedule(times.next(elapsed()));
  }

  private void closeChannel() {
    Channel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }
}
