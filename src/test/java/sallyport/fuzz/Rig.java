package sallyport.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.admission.BufferMemory;
import sallyport.codec.Http1ServerCodec;
import sallyport.codec.HttpLimits;
import sallyport.codec.ServerStreamCodec;
import sallyport.config.ConfigException;
import sallyport.config.GatewayConfig;
import sallyport.config.ListenerConfig;
import sallyport.config.RouteConfig;
import sallyport.http.ClientProof;
import sallyport.http.ConnectionEnd;
import sallyport.http.ConnectionFacts;
import sallyport.http.ForwardedHeaders;
import sallyport.logging.AccessLog;
import sallyport.logging.AuditEvent;
import sallyport.metrics.DownstreamMetrics;
import sallyport.metrics.GatewayMetrics;
import sallyport.metrics.RouteMetrics;
import sallyport.proxy.Forwarding;
import sallyport.proxy.ProxyHandler;
import sallyport.proxy.RouteTarget;
import sallyport.route.RouteTable;
import sallyport.testkit.NoTls;
import sallyport.testkit.Setup;
import sallyport.upstream.EmbeddedUpstream;

/**
 * One client's connection, or HTTP/2 stream, to the real gateway, and the backends behind it:
 * codecs, proxy, pool and all, but without sockets and TLS, and all in this thread.
 *
 * <p>Closing it fails when a buffer was not released, or when any handler has thrown.
 */
final class Rig implements AutoCloseable {
  /** What a backend does once a request has come in whole. */
  interface Behaviour {
    void onRequest(Backend backend, Message request);
  }

  /** The client's address, which no client can choose. */
  static final String CLIENT = "192.0.2.7";

  /** As the gateway comes. */
  static final GatewayConfig STRICT = config("");

  /** As lenient as it can be made. */
  static final GatewayConfig LOOSE =
      config("http { ambiguous-paths = normalise, unusual-field-names = pass, trace = true }");

  // Registries and meters are made once: they take longer than an exchange.
  private static final GatewayMetrics METRICS = new GatewayMetrics();
  private static final RouteMetrics ROUTED = METRICS.route("all", "app");
  private static final RouteMetrics UNROUTED = METRICS.route("none", "none");
  private static final DownstreamMetrics DOWNSTREAM = METRICS.downstream("https");
  private static final BufferMemory MEMORY = new BufferMemory(0);

  private static final ConnectionFacts FACTS =
      new ConnectionFacts(
          "https",
          new InetSocketAddress(CLIENT, 4711),
          new InetSocketAddress("192.0.2.1", 443),
          /* trustedProxy= */ false,
          "TLSv1.3",
          "TLS_AES_128_GCM_SHA256",
          "X25519",
          "localhost",
          /* clientAuth= */ false,
          ClientProof.NONE);

  private final UnpooledByteBufAllocator memory =
      new UnpooledByteBufAllocator(/* preferDirect= */ false, /* disableLeakDetector= */ true);
  private final long sharedBefore = shared();
  private final List<Throwable> faults = new ArrayList<>();
  private final Tap tap = new Tap(faults::add);
  private final NoTls tls = new NoTls();
  private final EmbeddedChannel client = channel();
  private final EmbeddedUpstream upstream;
  private final List<Backend> backends = new ArrayList<>();
  private final List<Message> arrived = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private final List<Object> frames = new ArrayList<>();
  private final StringBuilder answered = new StringBuilder();
  private final Behaviour behaviour;

  private Rig(ChannelHandler codec, GatewayConfig config, ConnectionEnd end, Behaviour behaviour) {
    this.behaviour = behaviour;
    this.upstream = new EmbeddedUpstream(config.backends().get("app"), client.eventLoop(), METRICS);
    RouteConfig route = config.routes().getFirst();
    Forwarding forwarding =
        Forwarding.of(
            new RouteTable(config.routes()),
            Map.of(route.name(), new RouteTarget(route, upstream.client(), ROUTED)),
            UNROUTED,
            DOWNSTREAM,
            https(config),
            List.of(client.eventLoop()),
            MEMORY,
            AccessLog.none(),
            event -> {
              if (event instanceof AuditEvent.RequestRefused refused) {
                refusals.add(refused.reason());
              }
            });
    ProxyHandler proxy = new ProxyHandler(forwarding, FACTS, new ForwardedHeaders(FACTS), end);
    client.pipeline().addLast(tls, codec, tap, new Watched(proxy, faults::add));
  }

  private static GatewayConfig config(String listener) {
    try {
      Path folder = Files.createTempDirectory("fuzz");
      for (String file :
          List.of("server.pem", "server.key", "client.pem", "client.key", "backend-ca.pem")) {
        // Never opened: it only has to be there.
        Files.createFile(folder.resolve(file));
      }
      return GatewayConfig.parse(
          Setup.to("127.0.0.1:1")
              .listener(listener)
              .limits(
                  // Within reach of a short input.
                  "max-request-line = 256B, max-header = 1KiB, max-trailer = 128B,"
                      + " max-chunk-extension = 32B, max-body = 256B,"
                      + " max-requests-per-connection = 8")
              .route("security-headers { set { x-content-type-options = nosniff } }")
              .backend("pool { max-connections = 1 }, protocol = http1")
              .hocon(),
          folder);
    } catch (IOException | ConfigException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  private static ListenerConfig.Tls https(GatewayConfig config) {
    return (ListenerConfig.Tls) config.listeners().get("https");
  }

  static Rig http1(GatewayConfig config, Behaviour behaviour) {
    ListenerConfig.Tls https = https(config);
    return new Rig(
        new Http1ServerCodec(HttpLimits.of(https.limits()), https.http().fieldNames()),
        config,
        ConnectionEnd.HTTP1,
        behaviour);
  }

  static Rig http2Stream(GatewayConfig config, Behaviour behaviour) {
    return new Rig(
        new ServerStreamCodec(https(config).http().fieldNames()),
        config,
        ConnectionEnd.HTTP2,
        behaviour);
  }

  private EmbeddedChannel channel() {
    EmbeddedChannel channel = new EmbeddedChannel();
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

  /** What the gateway takes the client's bytes for. */
  List<Message> meant() {
    return tap.messages();
  }

  /** The whole requests that backends have read, in the order in which they came in. */
  List<Message> arrived() {
    return arrived;
  }

  List<Backend> backends() {
    return backends;
  }

  /** Why requests were refused, in order. */
  List<String> refusals() {
    return refusals;
  }

  /** What an HTTP/1 client has got so far. */
  String answered() {
    return answered.toString();
  }

  /** What an HTTP/2 client has got so far. */
  List<Object> frames() {
    return frames;
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
    give(client, buffer(octets));
  }

  /** Sends a frame. */
  void send(Object frame) {
    give(client, frame);
  }

  /** A buffer whose release is watched. */
  ByteBuf buffer(String octets) {
    byte[] bytes = Octets.of(octets);
    return memory.heapBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
  }

  private void give(EmbeddedChannel channel, Object message) {
    connect();
    if (channel.isOpen()) {
      channel.writeInbound(message);
    } else {
      ReferenceCountUtil.release(message);
    }
    settle();
  }

  /** Makes sure that the next exchange finds a connection. */
  private void connect() {
    if (!upstream.hasIdle()) {
      backends.add(new Backend());
    }
  }

  /** Until nothing moves any more. */
  void settle() {
    boolean moved;
    do {
      client.runPendingTasks();
      moved = takeAnswer();
      // Whoever answers may make the list longer.
      for (int i = 0; i < backends.size(); i++) {
        moved |= backends.get(i).take();
      }
    } while (moved);
  }

  private boolean takeAnswer() {
    Object message = client.readOutbound();
    boolean any = message != null;
    for (; message != null; message = client.readOutbound()) {
      if (message instanceof ByteBuf bytes) {
        answered.append(bytes.toString(StandardCharsets.ISO_8859_1));
        bytes.release();
      } else {
        frames.add(message);
      }
    }
    return any;
  }

  /** The client goes away. */
  void hangUp() {
    client.close();
    settle();
  }

  /** Everybody goes away. */
  @Override
  public void close() {
    hangUp();
    client.finishAndReleaseAll();
    for (Backend backend : backends) {
      backend.channel.close();
      backend.channel.finishAndReleaseAll();
    }
    frames.forEach(ReferenceCountUtil::release);
    if (!faults.isEmpty()) {
      AssertionError error = new AssertionError("a handler has thrown " + faults.getFirst());
      faults.forEach(error::addSuppressed);
      throw error;
    }
    long lost = memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory();
    if (lost != 0 || shared() != sharedBefore) {
      throw new AssertionError(
          "buffers of " + lost + " and " + (shared() - sharedBefore) + " bytes were not released");
    }
  }

  /** A backend's end of one connection of the gateway's. */
  final class Backend {
    private final EmbeddedChannel channel = channel();
    private final Tap tap = new Tap(faults::add);
    private final StringBuilder bytes = new StringBuilder();
    private final List<Message> requests = new ArrayList<>();
    private int read;
    private boolean tunnel;

    private Backend() {
      upstream.connect(channel, tap, faults::add);
    }

    private boolean take() {
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
      give(channel, buffer(octets));
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
