package sallyport.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.DefaultChannelId;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalServerChannel;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.route.RouteConfig;
import sallyport.connect.EmbeddedUpstream;
import sallyport.front.EmbeddedDownstream;
import sallyport.front.h1.Http1ServerConnection;
import sallyport.gate.RouteStates;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.Http1ServerCodec;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.net.ClientAuthentication;
import sallyport.net.Peers;
import sallyport.net.admission.BufferMemory;
import sallyport.observe.access.AccessLog;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.RouteMetrics;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.head.RouteTarget;
import sallyport.proxy.head.RouteTargets;
import sallyport.route.RouteTable;
import sallyport.testkit.NoTls;
import sallyport.testkit.Setup;

/**
 * One client's connection to the real gateway, and the backends behind it: codecs, proxy, pool and
 * all, but without sockets and TLS, and all in this thread.
 *
 * <p>Closing it fails when a buffer was not released, or when any handler has thrown.
 */
final class Rig implements AutoCloseable {
  /** What a backend does once a request has come in whole. */
  interface Behaviour {
    void onRequest(Backend backend, Message request);
  }

  /** What an HTTP/2 backend does once a request has come in whole. */
  interface StreamBehaviour {
    void onRequest(Http2Backend backend, int stream, Message request);
  }

  /** A backend's end of a connection of the gateway's. */
  interface End {
    EmbeddedChannel channel();

    /** Takes what the gateway has sent; false when it has sent nothing. */
    boolean take();
  }

  /** How a client speaks to the gateway. */
  enum Front {
    HTTP1,
    HTTP2
  }

  /** Plants a fault in any of the gateway's pipelines, to see that it is found. */
  static final ScopedValue<Consumer<ChannelPipeline>> FAULT = ScopedValue.newInstance();

  /** The client's address, which no client can choose. */
  static final String CLIENT = "192.0.2.7";

  /** As the gateway comes. */
  static final GatewayConfig STRICT = config("", "http1");

  /** As lenient as it can be made. */
  static final GatewayConfig LOOSE =
      config(
          "http { ambiguous-paths = normalise, unusual-field-names = pass, trace = true }",
          "http1");

  /** With backends that speak HTTP/2. */
  static final GatewayConfig BEHIND = config("", "http2");

  /** Streams that a client of HTTP/2 may have at a time; short inputs should get that far. */
  static final int STREAMS = 4;

  /** No input within reach makes the gateway hold more, in bytes. */
  private static final long MOST = 256 * 1024;

  // Registries and meters are made once: they take longer than an exchange.
  private static final GatewayMetrics METRICS = new GatewayMetrics();
  private static final RouteMetrics ROUTED = METRICS.route("all", "app");
  private static final RouteMetrics UNROUTED = METRICS.route("none", "none");
  private static final DownstreamMetrics DOWNSTREAM = METRICS.downstream("https");
  private static final BufferMemory MEMORY = new BufferMemory(0);

  private static final Peers PEERS =
      new Peers(new InetSocketAddress(CLIENT, 4711), new InetSocketAddress("192.0.2.1", 443), null);

  private static final ConnectionInfo FACTS =
      new ConnectionInfo(
          "https",
          new InetSocketAddress(CLIENT, 4711),
          new InetSocketAddress("192.0.2.1", 443),
          443,
          /* trustedProxy= */ false,
          "TLSv1.3",
          "TLS_AES_128_GCM_SHA256",
          "X25519",
          "localhost",
          /* oneHost= */ false,
          ClientAuthentication.NONE,
          new ForwardedFor(PEERS, any -> false));

  private final UnpooledByteBufAllocator memory =
      new UnpooledByteBufAllocator(/* preferDirect= */ false, /* disableLeakDetector= */ true);
  private final long sharedBefore = shared();
  private final List<Throwable> faults = new ArrayList<>();
  private final Tap tap = new Tap(faults::add);
  private final NoTls tls = new NoTls();
  private final EmbeddedChannel client;
  private final EmbeddedUpstream upstream;
  private final boolean http2Backends;
  private final int spare;
  private final Map<Integer, Tap> streams = new LinkedHashMap<>();
  private final List<End> ends = new ArrayList<>();
  private final List<Backend> backends = new ArrayList<>();
  private final List<Http2Backend> sessions = new ArrayList<>();
  private final List<Message> arrived = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private final StringBuilder answered = new StringBuilder();
  private final Behaviour behaviour;
  private final StreamBehaviour streamBehaviour;
  private int openStreams;

  static {
    // Netty makes some buffers once and for all: they are no leak.
    for (Front front : Front.values()) {
      for (GatewayConfig config : List.of(STRICT, BEHIND)) {
        Rig first = new Rig(front, config, HonestBackend::answer, HonestBackend::answer);
        first.send(
            front == Front.HTTP1
                ? "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
                : Http2Client.opening(
                    "HE :method=GET & :scheme=https & :authority=localhost & :path=/"));
        Check.that(first.answered().contains("ok"), () -> "no answer: " + first.answered());
        first.end();
      }
    }
  }

  private Rig(
      Front front, GatewayConfig config, Behaviour behaviour, StreamBehaviour streamBehaviour) {
    this.behaviour = behaviour;
    this.streamBehaviour = streamBehaviour;
    this.http2Backends = config.equals(BEHIND);
    this.spare = front == Front.HTTP2 ? STREAMS : 1;
    this.client = channel(new LocalServerChannel());
    this.upstream = new EmbeddedUpstream(config.backends().get("app"), client.eventLoop(), METRICS);
    ListenerConfig.HttpProxy https = https(config);
    RouteConfig route = config.routes().getFirst();
    ProxyContext forwarding =
        ProxyContext.of(
            new RouteTable(config.routes()),
            Map.of(
                route.name(),
                RouteTargets.one(new RouteTarget(route, upstream.client(), ROUTED, null))),
            /* answers= */ Map.of(),
            /* errorPages= */ Map.of(),
            UNROUTED,
            DOWNSTREAM,
            https,
            List.of(client.eventLoop()),
            MEMORY,
            () -> false,
            RouteStates.NONE,
            AccessLog.none(),
            event -> {
              if (event instanceof AuditEvent.RequestRefused refused) {
                refusals.add(refused.reason());
              }
            });
    client.pipeline().addLast("ssl", tls);
    if (front == Front.HTTP1) {
      client
          .pipeline()
          .addLast(
              "http",
              new Http1ServerCodec(HttpLimits.of(https.limits()), https.http().fieldNames()))
          .addLast("tap", tap)
          .addLast(
              "proxy",
              watched(
                  new Http1ServerConnection(
                      forwarding,
                      FACTS,
                      new ForwardedHeaders(FACTS, forwarding.identityFields(), address -> false))));
    } else {
      Peers.set(client, PEERS);
      EmbeddedDownstream.http2(client, https, forwarding, this::tap, Rig::plant, faults::add);
    }
    plant(client.pipeline());
  }

  private static void plant(ChannelPipeline pipeline) {
    if (FAULT.isBound()) {
      FAULT.get().accept(pipeline);
    }
  }

  private ChannelHandler watched(Http1ServerConnection proxy) {
    return new Watched(proxy, faults::add);
  }

  /** Sits in a new stream. */
  private Tap tap(int stream) {
    openStreams++;
    Check.that(openStreams <= STREAMS, () -> "more streams open than allowed: " + openStreams);
    Tap tapped = new Tap(faults::add, () -> openStreams--);
    streams.put(stream, tapped);
    return tapped;
  }

  private static GatewayConfig config(String listener, String protocol) {
    try {
      Path folder = Files.createTempDirectory("fuzz");
      for (String file :
          List.of("server.pem", "server.key", "client.pem", "client.key", "backend-ca.pem")) {
        // Never opened: it only has to be there.
        Files.createFile(folder.resolve(file));
      }
      return GatewayConfig.parse(
          Setup.to("127.0.0.1:1")
              .listener(
                  listener
                      + "\n http2 { max-concurrent-streams = "
                      + STREAMS
                      + ", floods { window = 1h, resets = 8, control-frames = 16,"
                      + " empty-frames = 4 } }")
              .limits(
                  // Within reach of a short input.
                  "max-request-line = 256B, max-header = 1KiB, max-trailer = 128B,"
                      + " max-chunk-extension = 32B, max-body = 256B,"
                      + " max-requests-per-connection = 8")
              .route("security-headers { set { x-content-type-options = nosniff } }")
              .backend("pool { max-connections = 1 }, protocol = " + protocol)
              .hocon(),
          folder);
    } catch (IOException | InvalidConfiguration e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  private static ListenerConfig.HttpProxy https(GatewayConfig config) {
    return (ListenerConfig.HttpProxy) config.listeners().get("https");
  }

  /** With backends of HTTP/1. */
  static Rig of(Front front, GatewayConfig config, Behaviour behaviour) {
    return new Rig(front, config, behaviour, HonestBackend::answer);
  }

  /** With backends of HTTP/2. */
  static Rig behind(Front front, StreamBehaviour behaviour) {
    return new Rig(front, BEHIND, HonestBackend::answer, behaviour);
  }

  private EmbeddedChannel channel(@Nullable Channel parent) {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            parent,
            DefaultChannelId.newInstance(),
            /* register= */ true,
            /* hasDisconnect= */ false);
    channel.config().setAllocator(memory);
    // However slow the machine is, no timeout fires.
    channel.freezeTime();
    return channel;
  }

  /** Bytes in buffers of the allocator that everybody shares. */
  private static long shared() {
    return UnpooledByteBufAllocator.DEFAULT.metric().usedHeapMemory()
        + UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }

  /** What the gateway takes an HTTP/1 client's bytes for. */
  List<Message> meant() {
    return tap.messages();
  }

  /** What it takes each stream of an HTTP/2 client for; none where it is no request at all. */
  Map<Integer, Message> streams() {
    Map<Integer, Message> meant = new LinkedHashMap<>();
    streams.forEach(
        (stream, tapped) -> tapped.messages().forEach(message -> meant.put(stream, message)));
    return meant;
  }

  /** The whole requests that backends have read, in the order in which they came in. */
  List<Message> arrived() {
    return arrived;
  }

  List<Backend> backends() {
    return backends;
  }

  /** The connections of HTTP/2 backends. */
  List<Http2Backend> sessions() {
    return sessions;
  }

  /** Why requests were refused, in order. */
  List<String> refusals() {
    return refusals;
  }

  /** What the client has got so far. */
  String answered() {
    return answered.toString();
  }

  /** Whether an HTTP/2 client has as many streams open as it may. */
  boolean isFull() {
    return openStreams == STREAMS;
  }

  boolean isOpen() {
    return client.isOpen();
  }

  /** Whether the gateway has ended the connection so that the client knows it was meant to end. */
  boolean endAnnounced() {
    return tls.endAnnounced();
  }

  /** Sends octets in one read of the socket, as far as the gateway still takes any. */
  void send(String octets) {
    give(client, octets);
  }

  /** Lets one side's octets come in. */
  void give(EmbeddedChannel channel, String octets) {
    connect();
    byte[] bytes = Octets.of(octets);
    ByteBuf buffer = memory.heapBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
    if (channel.isOpen()) {
      read(channel, buffer);
    } else {
      buffer.release();
    }
    settle();
    Check.that(used() <= MOST, () -> "buffers of " + used() + " bytes");
  }

  private static void read(EmbeddedChannel channel, ByteBuf buffer) {
    try {
      channel.writeInbound(buffer);
    } catch (Exception fault) {
      // Only here does a channel that closes lose its handlers at once, in the midst of a read:
      // then there is nobody left whom the codec could tell of what follows.
      if (channel.isOpen() || !(fault instanceof Http2Exception)) {
        throw fault;
      }
    }
  }

  /** Bytes in buffers of this connection and its backends'. */
  private long used() {
    return memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory();
  }

  /** Makes sure that the next exchanges find a connection. */
  private void connect() {
    if (http2Backends) {
      if (!upstream.hasSession()) {
        Http2Backend backend = new Http2Backend(this, channel(null), streamBehaviour);
        sessions.add(backend);
        ends.add(backend);
        upstream.connectHttp2(backend.channel(), faults::add);
        plant(backend.channel().pipeline());
        backend.channel().writeInbound(backend.opening());
      }
      return;
    }
    for (int idle = upstream.idle(); idle < spare; idle++) {
      Backend backend = new Backend(channel(null));
      backends.add(backend);
      ends.add(backend);
      upstream.connect(backend.channel, backend.tap, faults::add);
      plant(backend.channel.pipeline());
    }
  }

  /** Until nothing moves any more. */
  void settle() {
    boolean moved;
    do {
      client.runPendingTasks();
      moved = takeAnswer();
      // Whoever answers may make the list longer.
      for (int i = 0; i < ends.size(); i++) {
        moved |= ends.get(i).take();
      }
    } while (moved);
  }

  private boolean takeAnswer() {
    ByteBuf sent = client.readOutbound();
    if (sent == null) {
      return false;
    }
    answered.append(sent.toString(StandardCharsets.ISO_8859_1));
    sent.release();
    return true;
  }

  /** The client goes away. */
  void hangUp() {
    cut(client);
    settle();
  }

  /** Not as the gateway closes, which says goodbye and waits for streams. */
  static void cut(EmbeddedChannel channel) {
    ChannelHandlerContext first = channel.pipeline().firstContext();
    if (first != null) {
      first.close();
    }
  }

  private void end() {
    hangUp();
    client.finishAndReleaseAll();
    for (End end : ends) {
      cut(end.channel());
      end.channel().finishAndReleaseAll();
    }
  }

  /** First of all: what a handler has thrown explains the rest. */
  void assertNothingThrown() {
    if (!faults.isEmpty()) {
      AssertionError error = new AssertionError("a handler has thrown " + faults.getFirst());
      faults.forEach(error::addSuppressed);
      throw error;
    }
  }

  /** Everybody goes away. */
  @Override
  public void close() {
    end();
    assertNothingThrown();
    Check.same(0, openStreams, "streams left open");
    if (used() != 0 || shared() != sharedBefore) {
      throw new AssertionError(
          "buffers of "
              + used()
              + " and "
              + (shared() - sharedBefore)
              + " bytes were not released");
    }
  }

  /** An HTTP/1 backend's end of one connection of the gateway's. */
  final class Backend implements End {
    private final EmbeddedChannel channel;
    private final Tap tap = new Tap(faults::add);
    private final StringBuilder bytes = new StringBuilder();
    private final List<Message> requests = new ArrayList<>();
    private int read;
    private boolean tunnel;

    private Backend(EmbeddedChannel channel) {
      this.channel = channel;
    }

    @Override
    public EmbeddedChannel channel() {
      return channel;
    }

    @Override
    public boolean take() {
      channel.runPendingTasks();
      ByteBuf sent = channel.readOutbound();
      if (sent == null) {
        return false;
      }
      bytes.append(sent.toString(StandardCharsets.ISO_8859_1));
      sent.release();
      Message request = tunnel ? null : StrictPeer.request(bytes.toString(), read);
      if (request != null && request.whole) {
        read = request.end;
        arrived.add(request);
        requests.add(request);
        behaviour.onRequest(this, request);
      }
      return true;
    }

    /** Answers, in one piece. */
    void send(String octets) {
      give(channel, octets);
    }

    /** Answers, and what comes from now on is no HTTP. */
    void upgrade(String octets) {
      tunnel = true;
      send(octets);
    }

    boolean isTunnel() {
      return tunnel;
    }

    /**
     * Ends the connection.
     *
     * @param event what TLS has to say about it; null for nothing
     */
    void end(@Nullable Object event) {
      connect();
      if (channel.isOpen()) {
        if (event != null) {
          channel.pipeline().fireUserEventTriggered(event);
        }
        channel.close();
      }
      settle();
    }

    /** What the gateway takes its answers for. */
    List<Message> meant() {
      return tap.messages();
    }

    /** The whole requests that came. */
    List<Message> requests() {
      return requests;
    }

    /** All that came. */
    String bytes() {
      return bytes.toString();
    }

    /** What came that is not part of a whole request. */
    String rest() {
      return bytes.substring(read);
    }
  }
}
