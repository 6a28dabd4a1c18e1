package sallyport.tls.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.rotation.Rotation;
import sallyport.net.Peers;
import sallyport.observe.audit.AuditEvent;
import sallyport.testkit.Leaks;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tls.clients.ClientCheck;
import sallyport.tls.clients.ClientRules;
import sallyport.tls.engine.Contexts;
import sallyport.tls.engine.KeyUse;
import sallyport.tls.hello.ClientHello;
import sallyport.tls.hello.HandshakeTurns;
import sallyport.tls.hello.Preface;
import sallyport.tls.policy.Alpn;
import sallyport.tls.policy.PolicyContext;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.tickets.TicketKeys;

/** Who holds a native TLS context, and for how long. The clock stands. */
class ContextsTest {
  private final Clock clock = Clock.fixed(Instant.now(), ZoneOffset.UTC);
  private final List<EmbeddedChannel> connections = new ArrayList<>();

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  @SuppressWarnings("NullAway.Init")
  private LoadedTls tls;

  @BeforeEach
  void load() {
    tls = new LoadedTls(folder, clock, Setup.to("127.0.0.1:1").tls("handshakes { per-turn = 1 }"));
  }

  @AfterEach
  void nothingIsLost() {
    connections.forEach(EmbeddedChannel::finishAndReleaseAll);
    tls.close();
    assertThat(Leaks.found()).isEmpty();
  }

  // ---- listeners

  private EmbeddedChannel connection(ChannelHandler first) {
    EmbeddedChannel connection = new EmbeddedChannel();
    connections.add(connection);
    Peers.set(
        connection,
        new Peers(
            new InetSocketAddress("192.0.2.1", 1), new InetSocketAddress("192.0.2.2", 443), null));
    connection.pipeline().addLast(first);
    return connection;
  }

  /** Runs its tasks only when it is told to; those of the connections run at every read. */
  private EmbeddedChannel loop() {
    EmbeddedChannel loop = new EmbeddedChannel();
    loop.freezeTime();
    connections.add(loop);
    return loop;
  }

  private static boolean hasEngine(EmbeddedChannel connection) {
    return connection.pipeline().get(SslHandler.class) != null;
  }

  /** One that has begun its handshake, which leaves no room in this turn of the loop. */
  private EmbeddedChannel begun(EmbeddedChannel loop) {
    EmbeddedChannel connection =
        connection(tls.server().newHandler(loop.eventLoop(), Preface.NONE));
    connection.writeInbound(LoadedTls.hello());
    assertThat(hasEngine(connection)).isTrue();
    return connection;
  }

  /** One that waits for the next turn of the loop. */
  private EmbeddedChannel waiting(EmbeddedChannel loop, String... protocols) {
    EmbeddedChannel connection =
        connection(tls.server().newHandler(loop.eventLoop(), Preface.NONE));
    connection.writeInbound(LoadedTls.hello(protocols));
    assertThat(hasEngine(connection)).isFalse();
    return connection;
  }

  @Test
  void aConnectionThatWaitsForItsTurnKeepsWhatItHasChosen() {
    References before = References.to(tls.server());
    EmbeddedChannel loop = loop();
    EmbeddedChannel begun = begun(loop);
    EmbeddedChannel waiting = waiting(loop);
    assertThat(before.count()).as("listener, engine, and the one that waits").isEqualTo(3);
    tls.renewFiles();
    assertThat(tls.rotate(tls.server())).isInstanceOf(Rotation.Done.class);
    assertThat(before.count()).as("without the listener's").isEqualTo(2);
    loop.runScheduledPendingTasks();
    assertThat(hasEngine(waiting)).isTrue();
    assertThat(before.count()).as("an engine each").isEqualTo(2);
    begun.close();
    assertThat(before.count()).isEqualTo(1);
    waiting.close();
    assertThat(before.count()).isZero();
  }

  @Test
  void aConnectionThatEndsWhileItWaitsLetsGo() {
    References before = References.to(tls.server());
    EmbeddedChannel loop = loop();
    EmbeddedChannel begun = begun(loop);
    EmbeddedChannel waiting = waiting(loop);
    tls.server().close();
    assertThat(before.count()).as("both connections").isEqualTo(2);
    waiting.close();
    assertThat(before.count()).isEqualTo(1);
    loop.runScheduledPendingTasks();
    begun.close();
    assertThat(before.count()).isZero();
  }

  @Test
  void aListenerThatIsClosedTwiceLetsGoOnce() {
    References before = References.to(tls.server());
    EmbeddedChannel begun = begun(loop());
    tls.server().close();
    tls.server().close();
    assertThat(before.count()).as("the engine's").isEqualTo(1);
    begun.close();
    assertThat(before.count()).isZero();
  }

  @Test
  void aRotationOfAListenerThatIsClosedIsRefusedAndLeavesNothing() {
    References before = References.to(tls.server());
    tls.server().close();
    tls.renewFiles();
    assertThat(tls.rotate(tls.server())).isInstanceOf(Rotation.Refused.class);
    assertThat(before.count()).isZero();
  }

  /** A selector with the listener's certificate in a context of its own. */
  private CertificateSelector selector() throws Exception {
    KeyMaterial material = tls.material();
    SslContext context =
        PolicyContext.under(
                TlsPolicy.of(tls.listener().tls().policy()),
                SslContextBuilder.forServer(material.key(), material.chainArray()))
            .build();
    KeyUse use = new KeyUse(Role.SERVER.label(), material, tls.metrics, tls.audited::add);
    return new CertificateSelector(
        List.of(material), List.of(new ServerCertificate(context, use, null, 1)), Set.of());
  }

  /**
   * @param chosen what the listener has, each time that it is asked
   */
  private EmbeddedChannel choosingFrom(Deque<CertificateSelector> chosen) {
    List<String> problems = new ArrayList<>();
    ClientRules rules = new ClientRules(tls.listener().tls().clientAuth(), null, clock);
    HandshakeContext context =
        new HandshakeContext(
            tls.listener(),
            TlsPolicy.of(tls.listener().tls().policy()),
            TicketKeys.open(tls.listener(), null, tls.keys, tls.services, problems),
            new ClientCheck(
                tls.listener(),
                rules,
                () -> null,
                tls.metrics.tls("https"),
                tls.audited::add,
                clock),
            tls.metrics.tls("https"),
            tls.audited::add,
            new MissingCertificate());
    EmbeddedChannel connection =
        connection(
            new ClientHelloHandler(
                context,
                () -> chosen.size() > 1 ? chosen.removeFirst() : chosen.getFirst(),
                tls.challenges,
                new HandshakeTurns(loop().eventLoop(), tls.listener().tls().handshakes()),
                Preface.NONE));
    connection.writeInbound(LoadedTls.hello());
    return connection;
  }

  @Test
  void whatIsFreedWhileItIsChosenIsChosenAgainFromWhatTookItsPlace() throws Exception {
    CertificateSelector freed = selector();
    CertificateSelector next = selector();
    Contexts.release(freed.all());
    EmbeddedChannel connection = choosingFrom(new ArrayDeque<>(List.of(freed, next, next)));
    assertThat(hasEngine(connection)).isTrue();
    assertThat(References.count(next.all().getFirst())).isEqualTo(2);
    Contexts.release(next.all());
    assertThat(References.count(next.all().getFirst())).isEqualTo(1);
    connection.close();
    assertThat(References.count(next.all().getFirst())).isZero();
  }

  @Test
  void aClientOfAListenerThatIsClosedIsRefused() throws Exception {
    CertificateSelector freed = selector();
    Contexts.release(freed.all());
    EmbeddedChannel connection = choosingFrom(new ArrayDeque<>(List.of(freed)));
    assertThat(hasEngine(connection)).isFalse();
    assertThat(tls.audited)
        .last()
        .isInstanceOfSatisfying(
            AuditEvent.HandshakeRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo("other"));
    assertThat(References.count(freed.all().getFirst())).isZero();
  }

  // ---- what authorities are answered

  private @Nullable SslContext answer() {
    ByteBuf flight = LoadedTls.hello(Alpn.ACME);
    // Behind the headers of the record and of the message.
    ClientHello hello = Objects.requireNonNull(ClientHello.parse(flight.skipBytes(9).slice()));
    return tls.challenges.answer(TlsPolicy.of(tls.listener().tls().policy()), hello);
  }

  private void promise() {
    tls.challenges.promise("localhost", TestPki.SERVER.key(), TestPki.SERVER.certificate());
  }

  @Test
  void aPromiseThatIsTakenBackIsFreedWithTheConnectionThatHasIt() {
    promise();
    SslContext answer = Objects.requireNonNull(answer());
    assertThat(References.count(answer)).isEqualTo(2);
    tls.challenges.withdraw("localhost");
    assertThat(answer()).isNull();
    assertThat(References.count(answer)).isEqualTo(1);
    ReferenceCountUtil.release(answer);
    assertThat(References.count(answer)).isZero();
  }

  @Test
  void aConnectionOfAnAuthorityLetsGoAtItsEnd() {
    promise();
    SslContext answer = Objects.requireNonNull(answer());
    ReferenceCountUtil.release(answer);
    EmbeddedChannel loop = loop();
    begun(loop);
    EmbeddedChannel asking = waiting(loop, Alpn.ACME);
    assertThat(References.count(answer)).as("the promise, and the one that waits").isEqualTo(2);
    tls.challenges.withdraw("localhost");
    loop.runScheduledPendingTasks();
    assertThat(hasEngine(asking)).isTrue();
    assertThat(References.count(answer)).as("the engine's").isEqualTo(1);
    asking.close();
    assertThat(References.count(answer)).isZero();
  }

  @Test
  void aPromiseAfterTheEndIsNotKept() {
    tls.challenges.close();
    promise();
    assertThat(answer()).isNull();
  }

  // ---- backends

  private @Nullable SslHandler begin() {
    return tls.upstream().newHandler(ByteBufAllocator.DEFAULT, "127.0.0.1", 1, true);
  }

  @Test
  void anIdentityThatIsReplacedIsFreedWithItsLastEngine() {
    References before = References.to(tls.upstream());
    final int held = before.count();
    SslHandler first = Objects.requireNonNull(begin());
    assertThat(before.count()).isEqualTo(held + 1);
    tls.renewFiles();
    assertThat(tls.rotate(tls.upstream())).isInstanceOf(Rotation.Done.class);
    assertThat(before.count()).as("the engine's").isEqualTo(1);
    References after = References.to(tls.upstream());
    SslHandler second = Objects.requireNonNull(begin());
    assertThat(after.count()).isEqualTo(held + 1);
    ReferenceCountUtil.release(first.engine());
    assertThat(before.count()).isZero();
    ReferenceCountUtil.release(second.engine());
    assertThat(after.count()).isEqualTo(held);
  }

  @Test
  void aBackendThatIsClosedBeginsNoConnectionAndKeepsThoseThatItHas() {
    References before = References.to(tls.upstream());
    SslHandler open = Objects.requireNonNull(begin());
    tls.upstream().close();
    tls.upstream().close();
    assertThat(before.count()).as("the engine's").isEqualTo(1);
    assertThat(begin()).isNull();
    assertThat(before.count()).isEqualTo(1);
    ReferenceCountUtil.release(open.engine());
    assertThat(before.count()).isZero();
    assertThat(begin()).isNull();
  }

  @Test
  void aRotationOfABackendThatIsClosedIsRefusedAndLeavesNothing() {
    References before = References.to(tls.upstream());
    tls.upstream().close();
    tls.renewFiles();
    assertThat(tls.rotate(tls.upstream())).isInstanceOf(Rotation.Refused.class);
    assertThat(before.count()).isZero();
  }
}
