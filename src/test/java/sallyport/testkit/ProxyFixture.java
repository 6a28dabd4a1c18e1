package sallyport.testkit;

import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sallyport.cluster.Cluster;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.gate.RouteStates;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.net.ClientAuthentication;
import sallyport.net.Peers;
import sallyport.net.admission.BufferMemory;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.RequestIntake;
import sallyport.proxy.head.RouteTarget;
import sallyport.proxy.head.RouteTargets;
import sallyport.route.RouteTable;

/** The listener {@code https} without sockets, whose one route leads to a backend that is fake. */
public final class ProxyFixture {
  public static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.9", 4711);
  public static final InetSocketAddress LOCAL = new InetSocketAddress("192.0.2.1", 443);

  /** One for all tests: a registry takes longer to make than an exchange takes. */
  public static final GatewayMetrics METRICS = new GatewayMetrics();

  private final GatewayConfig config;

  /** How each attempt ended: its host and the name of its outcome. */
  public final List<String> outcomes = new ArrayList<>();

  /** The exchanges that are over, and what was refused before there was one. */
  public final List<ExchangeLog> logs = new ArrayList<>();

  /** Why requests were refused, as the audit trail has it. */
  public final List<String> refusals = new ArrayList<>();

  /** What buffers may hold. */
  public BufferMemory memory = new BufferMemory(0);

  /** The way to the backend. */
  public FakeTransport transport;

  /** For a configuration of {@link Backends#gateway}. */
  public ProxyFixture(GatewayConfig config) {
    this.config = config;
    this.transport =
        new FakeTransport(
            new Cluster(
                Objects.requireNonNull(config.backends().get("app")),
                (endpoint, outcome) ->
                    outcomes.add(endpoint.host() + " " + outcome.getClass().getSimpleName())),
            METRICS);
  }

  /** Returns the settings of the listener. */
  public ListenerConfig.HttpProxy listener() {
    return (ListenerConfig.HttpProxy) Objects.requireNonNull(config.listeners().get("https"));
  }

  /** Puts a backend of no endpoints into the place of the one that is configured. */
  public void removeEndpoints() {
    transport = new FakeTransport(new Cluster(Backends.withoutEndpoints()), METRICS);
  }

  /** Returns the one route, and the way to its backend. */
  public RouteTarget target() {
    RouteConfig route = config.routes().getFirst();
    return new RouteTarget(route, transport, METRICS.route(route.name(), "app"), null);
  }

  /** Returns what exchanges share whose clients are on this loop. */
  public ProxyContext context(EventLoop loop) {
    RouteTarget target = target();
    return ProxyContext.of(
        new RouteTable(config.routes()),
        Map.of(target.route().name(), RouteTargets.one(target)),
        /* answers= */ Map.of(),
        /* errorPages= */ Map.of(),
        METRICS.route("none", "none"),
        METRICS.downstream("https"),
        listener(),
        List.of(loop),
        memory,
        () -> false,
        RouteStates.NONE,
        logs::add,
        event -> {
          if (event instanceof AuditEvent.RequestRefused refused) {
            refusals.add(refused.reason());
          }
        });
  }

  /** Returns the facts of a client's connection. */
  public static ConnectionInfo connection() {
    return new ConnectionInfo(
        "https",
        CLIENT,
        LOCAL,
        443,
        /* trustedProxy= */ false,
        "TLSv1.3",
        "TLS_AES_128_GCM_SHA256",
        "X25519",
        "localhost",
        /* oneHost= */ false,
        ClientAuthentication.NONE,
        new ForwardedFor(new Peers(CLIENT, LOCAL, null), any -> false));
  }

  /** Returns what a request of such a client needs of a connection to the backend. */
  public static ConnectionNeeds needs(boolean webSocket, boolean pinned) {
    return new ConnectionNeeds(webSocket, CLIENT, LOCAL, pinned);
  }

  /** Returns what is said of such a client to backends. */
  public static ForwardedHeaders forwarded(ProxyContext context) {
    return new ForwardedHeaders(connection(), context.identityFields(), any -> false);
  }

  /** Returns what takes the requests of such a client. */
  public static RequestIntake intake(ProxyContext context) {
    return new RequestIntake(context, connection(), forwarded(context));
  }
}
