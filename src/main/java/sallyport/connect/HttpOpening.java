package sallyport.connect;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolNames;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Protocol;
import sallyport.config.backend.BackendConfig.ProxyProtocol;
import sallyport.connect.dial.Connector;
import sallyport.connect.pool.ConnectionPool;
import sallyport.connect.pool.Http1Connection;
import sallyport.connect.pool.Http2Session;
import sallyport.connect.pool.Lifetime;
import sallyport.connect.pool.ResponseRules;
import sallyport.connect.pool.Waiting;
import sallyport.connect.security.Established;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.RequestEncoder;
import sallyport.http.codec.h1.ResponseDecoder;
import sallyport.net.Failure;

/**
 * Set-up of HTTP on a new connection for one exchange, which speaks HTTP/1.1 or HTTP/2 once it is
 * established. A shared connection also serves the exchanges that follow it. If the exchange is
 * cancelled, the connection goes to the pool.
 *
 * <p>Every call must run on the event loop of the pool.
 */
final class HttpOpening implements Connector.Listener {
  private final BackendConfig backend;
  private final Connector connector;
  private final BooleanSupplier memoryIsShort;
  private final ConnectionPool pool;
  private final Waiting exchange;
  private final Runnable placeGivenBack;

  /** Of the pool when this was begun, and of the identity that the backend gets to see. */
  private final int generation;

  /**
   * @param memoryIsShort whether buffers hold as much as they may
   * @param placeGivenBack hears that the connection has closed, or will not come about
   */
  HttpOpening(
      BackendConfig backend,
      Connector connector,
      BooleanSupplier memoryIsShort,
      ConnectionPool pool,
      Waiting exchange,
      Runnable placeGivenBack) {
    this.backend = backend;
    this.connector = connector;
    this.memoryIsShort = memoryIsShort;
    this.pool = pool;
    this.exchange = exchange;
    this.placeGivenBack = placeGivenBack;
    this.generation = pool.generation();
    if (!exchange.http1()) {
      pool.http2().opening();
    }
  }

  /** Returns whether a connection may serve several clients: a PROXY protocol header names one. */
  static boolean shares(BackendConfig config) {
    return config.proxyProtocol() == ProxyProtocol.OFF;
  }

  @Override
  public void onEstablished(Connector.Opening opening, Established connection) {
    // A backend that chooses what was not offered is not HTTP.
    if (connection.protocol().equals(ApplicationProtocolNames.HTTP_2) && !exchange.http1()) {
      startHttp2(opening, connection);
    } else if (connection.protocol().equals(ApplicationProtocolNames.HTTP_1_1)
        && backend.protocol() != Protocol.HTTP2) {
      startHttp1(opening, connection);
    } else {
      opening.reject(connection, Failure.Upstream.PROTOCOL_MISMATCH);
    }
  }

  private void accept(Connector.Opening opening, Established connection) {
    opening.accept(connection);
    connection.channel().closeFuture().addListener(closed -> placeGivenBack.run());
  }

  private void startHttp1(Connector.Opening opening, Established established) {
    accept(opening, established);
    ResponseRules rules = rules();
    ResponseDecoder decoder =
        new ResponseDecoder(HttpLimits.ofBackend(rules.maxFields()), rules.lenient());
    Http1Connection connection =
        new Http1Connection(
            established.channel(),
            established.authenticatedEnd(),
            shares(backend) ? pool : null,
            lifetime(established),
            decoder,
            connector::classify);
    ChannelPipeline pipeline = established.channel().pipeline();
    pipeline.addLast("decoder", decoder);
    pipeline.addLast("encoder", new RequestEncoder());
    pipeline.addLast("upstream", connection);
    if (!exchange.http1()) {
      pool.http2().speaksHttp1();
      // Those who waited for a stream need connections of their own.
      pool.opened(null, generation).forEach(Waiting::dialAgain);
    }
    exchange.succeeded(connection);
  }

  private void startHttp2(Connector.Opening opening, Established established) {
    Http2Session.install(
        established.channel(),
        pool,
        lifetime(established),
        connector::classify,
        backend.pings(),
        rules(),
        memoryIsShort,
        new Http2Session.Listener() {
          @Override
          public void onUsable(Http2Session session) {
            if (!opening.isOver()) {
              accept(opening, established);
              share(session);
            }
          }

          @Override
          public void onUnusable(Failure.Upstream failure) {
            opening.reject(established, failure);
          }
        });
  }

  private ResponseRules rules() {
    return new ResponseRules(backend.limits().maxFields(), backend.lenient());
  }

  /** Returns how long the connection may be kept. */
  private Lifetime lifetime(Established connection) {
    return new Lifetime(
        generation,
        connection.validUntilNanos(),
        backend.pool().idleTimeout().toNanos(),
        System.nanoTime()
            + Lifetime.age(backend.pool().maxAge(), ThreadLocalRandom.current().nextDouble()));
  }

  private void share(Http2Session session) {
    Iterable<Waiting> waiting = pool.opened(session, generation);
    // One whose client has gone must not take a stream from those who wait.
    if (!exchange.isCancelled()) {
      session.open(exchange);
    }
    for (Waiting follower : waiting) {
      if (!follower.isCancelled()) {
        follower.connectAgain();
      }
    }
    pool.released(session);
  }

  @Override
  public void onFailed(Failure.Upstream failure) {
    placeGivenBack.run();
    if (!exchange.http1()) {
      // Where all share a connection, what failed for one would fail for all. Where they may need
      // connections of their own, none fails for another.
      boolean shared = pool.http2().expectsHttp2();
      for (Waiting follower : pool.opened(null, generation)) {
        if (shared) {
          follower.failed(failure);
        } else {
          follower.dialAgain();
        }
      }
    }
    exchange.failed(failure);
  }
}
