package sallyport.proxy.mirror;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntUnaryOperator;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.connect.ClientTransport;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.observe.metrics.mirror.MirrorMetrics;

/**
 * Mirror of a route: sends copies of its safe requests (RFC 9110 section 9.2.1) to another backend.
 * A copy has neither a client nor another attempt, and waits for nothing: if the backend has no
 * room, it is dropped. Immutable, any thread.
 */
public final class Mirror {
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
  private static final int WHOLE = 100;

  private final ClientTransport transport;
  private final int share;
  private final Duration limit;
  private final MirrorMetrics metrics;
  private final IntUnaryOperator random;

  /**
   * Creates the mirror of a route.
   *
   * @param transport to the backend that gets the copies
   * @param share of the requests that are copied, in percent
   * @param limit how long a copy may take in all; above 0
   */
  public Mirror(ClientTransport transport, int share, Duration limit, MirrorMetrics metrics) {
    this(transport, share, limit, metrics, bound -> ThreadLocalRandom.current().nextInt(bound));
  }

  Mirror(
      ClientTransport transport,
      int share,
      Duration limit,
      MirrorMetrics metrics,
      IntUnaryOperator random) {
    this.transport = transport;
    this.share = share;
    this.limit = limit;
    this.metrics = metrics;
    this.random = random;
  }

  /**
   * Sends a copy of a request, if it is safe and one of the share. The request stays as it is.
   *
   * <p>On the event loop of the request.
   *
   * @param request as its backend gets it, without a body
   * @param needs of the request on a connection
   */
  public void copy(HttpRequest request, EventLoop loop, ConnectionNeeds needs) {
    // A login belongs to one connection, and a copy has none of the client's.
    boolean copied = SAFE.contains(request.method()) && !needs.webSocket() && !needs.pinned();
    if (!copied || random.applyAsInt(WHOLE) >= share) {
      return;
    }
    switch (transport.pinsAlways() ? null : transport.cluster().pick(PickContext.FIRST)) {
      case Pick.Picked picked ->
          new MirrorCopy(request, transport, picked, metrics).start(loop, needs, limit);
      case null -> metrics.dropped();
      case Pick.NoneHealthy none -> metrics.dropped();
      case Pick.Overloaded overloaded -> metrics.dropped();
    }
  }
}
