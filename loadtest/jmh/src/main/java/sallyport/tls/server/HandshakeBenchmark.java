package sallyport.tls.server;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.revocation.ocsp.Staples;
import sallyport.jmh.Configured;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.hello.Preface;
import sallyport.tls.policy.Alpn;
import sallyport.tls.policy.PolicyContext;
import sallyport.tls.rotation.TlsServices;

/**
 * A full handshake with a P-256 key between two engines in memory, without sockets and handlers:
 * the cryptography that no gateway on BoringSSL can go below. The client's side of it is in the
 * figure.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HandshakeBenchmark {
  /**
   * What the client speaks: the version and its groups. TLS 1.2 needs that of our key among them.
   */
  @Param({"TLSv1.3 X25519MLKEM768", "TLSv1.3 X25519", "TLSv1.2 X25519:P-256"})
  public String speaks;

  private final GatewayMetrics metrics = new GatewayMetrics();
  private final AuditLog audit = event -> {};
  private final ByteBuffer toServer = ByteBuffer.allocateDirect(32 * 1024);
  private final ByteBuffer toClient = ByteBuffer.allocateDirect(32 * 1024);
  private final ByteBuffer plain = ByteBuffer.allocateDirect(32 * 1024);
  private final ByteBuffer nothing = ByteBuffer.allocateDirect(0);
  private Configured configured;
  private KeyOpener keys;
  private Ocsp ocsp;
  private Staples staples;
  private Challenges challenges;
  private ServerTls tls;
  private SslContext server;
  private SslContext client;

  /** The gateway's own context, as it gives it to a client that speaks this version. */
  @Setup
  public void open() throws Exception {
    Clock clock = Clock.systemUTC();
    configured = Configured.plain();
    keys = new KeyOpener(configured.config().keys(), audit, clock);
    ocsp = new Ocsp(clock);
    staples = new Staples(ocsp, metrics, audit, clock);
    challenges = new Challenges();
    List<String> problems = new ArrayList<>();
    tls =
        ServerTls.load(
            configured.listener(),
            keys,
            new TlsServices(ocsp, staples, metrics, audit, clock),
            challenges,
            /* before= */ null,
            problems);
    if (tls == null) {
      throw new IllegalStateException(String.join("\n", problems));
    }
    String[] versionAndGroups = speaks.split(" ");
    client =
        PolicyContext.under(tls.policy(), SslContextBuilder.forClient())
            .protocols(versionAndGroups[0])
            .option(OpenSslContextOption.GROUPS, versionAndGroups[1].split(":"))
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .applicationProtocolConfig(Alpn.of(Alpn.EITHER))
            .build();
    server = chosen();
    SSLEngine ours = server.newEngine(ByteBufAllocator.DEFAULT);
    shakeHands(ours);
    String spoken = ours.getSession().getProtocol();
    ReferenceCountUtil.release(ours);
    if (!spoken.equals(versionAndGroups[0])) {
      throw new IllegalStateException("spoke " + spoken + ", not " + speaks);
    }
  }

  private SslContext chosen() throws SSLException {
    SSLEngine asking = newClient();
    toServer.clear();
    asking.wrap(nothing, toServer);
    toServer.flip();
    // Less the heads of the record and of the message in it.
    toServer.position(9);
    EmbeddedChannel channel = new EmbeddedChannel();
    ClientHelloHandler handler =
        (ClientHelloHandler) tls.newHandler(channel.eventLoop(), Preface.NONE);
    channel.pipeline().addLast(handler);
    Future<SslContext> chosen =
        handler.lookup(
            channel.pipeline().context(handler), Unpooled.copiedBuffer(toServer.slice()));
    channel.runPendingTasks();
    SslContext context = chosen.getNow();
    channel.close();
    ReferenceCountUtil.release(asking);
    if (context == null) {
      throw new IllegalStateException("the gateway refuses this client", chosen.cause());
    }
    return context;
  }

  /** Says to nobody whom it speaks to: otherwise it would resume the session of the last time. */
  private SSLEngine newClient() {
    return client.newEngine(ByteBufAllocator.DEFAULT);
  }

  /** Full, from new engines to the end of the handshake on both sides. */
  @Benchmark
  public SSLEngine bothSides() throws SSLException {
    SSLEngine ours = server.newEngine(ByteBufAllocator.DEFAULT);
    try {
      shakeHands(ours);
      return ours;
    } finally {
      ReferenceCountUtil.release(ours);
    }
  }

  private void shakeHands(SSLEngine ours) throws SSLException {
    SSLEngine theirs = newClient();
    try {
      toServer.clear();
      toClient.clear();
      ours.beginHandshake();
      theirs.beginHandshake();
      while (isShakingHands(ours) || isShakingHands(theirs)) {
        send(theirs, toServer);
        receive(ours, toServer);
        send(ours, toClient);
        receive(theirs, toClient);
      }
    } finally {
      ReferenceCountUtil.release(theirs);
    }
  }

  private static boolean isShakingHands(SSLEngine engine) {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
  }

  private void send(SSLEngine from, ByteBuffer wire) throws SSLException {
    SSLEngineResult result;
    do {
      result = from.wrap(nothing, wire);
      runTasks(from);
    } while (result.bytesProduced() > 0 && from.getHandshakeStatus() == HandshakeStatus.NEED_WRAP);
  }

  private void receive(SSLEngine by, ByteBuffer wire) throws SSLException {
    wire.flip();
    SSLEngineResult result;
    do {
      plain.clear();
      result = by.unwrap(wire, plain);
      runTasks(by);
    } while (result.bytesConsumed() > 0 && wire.hasRemaining());
    wire.compact();
  }

  private static void runTasks(SSLEngine engine) {
    Runnable task;
    while ((task = engine.getDelegatedTask()) != null) {
      task.run();
    }
  }

  /** Frees native memory, and the keys' folder. */
  @TearDown
  public void close() throws Exception {
    ReferenceCountUtil.release(client);
    tls.close();
    challenges.close();
    staples.close();
    ocsp.close();
    keys.close();
    metrics.close();
    configured.close();
  }
}
