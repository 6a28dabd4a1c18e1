package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.Gateway;
import sallyport.gateway.handover.HandOverClient;
import sallyport.net.inherit.InheritedSockets;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.OpensslClient;
import sallyport.testkit.OpensslClient.Handshake;
import sallyport.testkit.Origin;
import sallyport.testkit.Peers;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** The next gateway takes the listening sockets of the one that runs, over a real Unix socket. */
@Timeout(300)
class HandOverIT {
  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  private Origin origin;

  @BeforeEach
  void startOrigin() {
    origin = fixture.origin(request -> request.reply(200, "through"));
  }

  private Setup setup() {
    return Setup.to(origin).gateway("hand-over.socket = hand-over.sock");
  }

  /** Starts the next gateway, with the same configuration unless a test says otherwise. */
  private Gateway next() {
    return next(setup());
  }

  private Gateway next(Setup setup) {
    return fixture.another(setup.hocon(), Clock.systemUTC());
  }

  private Gateway fail(Setup setup) throws IOException, InvalidConfiguration {
    return Gateway.start(GatewayConfig.parse(setup.hocon(), fixture.folder()));
  }

  private static void awaitHandedOver(Gateway gateway) throws Exception {
    gateway.handedOver().get(30, TimeUnit.SECONDS);
  }

  private static String get(InetSocketAddress https) throws IOException {
    try (RawClient client = RawClient.tls(https)) {
      return client.get("/").read().body();
    }
  }

  private List<Path> socketFiles() throws IOException {
    try (var files = Files.list(fixture.folder())) {
      return files.filter(file -> file.toString().contains(".sock")).toList();
    }
  }

  // ---- control

  private String status() throws IOException {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(fixture.file("control.sock")));
      Channels.newOutputStream(client)
          .write(
              "GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void theControlSocketIsThatOfTheGatewayThatServes() throws Exception {
    String more =
        "hand-over.socket = hand-over.sock, admin.control.bind = \"unix:%s\""
            .formatted(fixture.file("control.sock"));
    Gateway running = next(Setup.to(origin).gateway(more));
    assertThat(status()).startsWith("HTTP/1.1 200 ").doesNotContain("127.0.0.1:1\"");
    Gateway next = next(Setup.to(origin.address(), "127.0.0.1:1").gateway(more));
    awaitHandedOver(running);
    assertThat(status()).contains("127.0.0.1:1\"");
    running.drain();
    running.close();
    assertThat(status()).contains("127.0.0.1:1\"");
    next.close();
    assertThat(socketFiles()).isEmpty();
  }

  // ---- nothing is lost

  /** Clients that connect anew for each request, without a pause, until they are stopped. */
  private static final class Stream implements AutoCloseable {
    private final List<Thread> threads = new ArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicInteger served = new AtomicInteger();
    private volatile boolean stopped;

    Stream(InetSocketAddress https, int clients) {
      for (int i = 0; i < clients; i++) {
        threads.add(Thread.ofPlatform().start(() -> run(https)));
      }
    }

    private void run(InetSocketAddress https) {
      while (!stopped) {
        try {
          assertThat(get(https)).isEqualTo("through");
          served.incrementAndGet();
        } catch (IOException | RuntimeException | AssertionError failed) {
          failures.add(failed.toString());
        }
      }
    }

    /** Waits until so many more requests were answered. */
    void awaitMore(int requests) {
      int before = served.get();
      Eventually.equal(requests + " more requests", true, () -> served.get() >= before + requests);
    }

    List<String> failures() {
      return failures;
    }

    @Override
    public void close() throws InterruptedException {
      stopped = true;
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  @Test
  void noConnectionIsRefusedOrCutOverManyHandOvers() throws Exception {
    Gateway running = next();
    InetSocketAddress https = running.address("https");
    List<CompletableFuture<Boolean>> drains = new ArrayList<>();
    try (Stream clients = new Stream(https, 4)) {
      clients.awaitMore(20);
      for (int i = 0; i < 6; i++) {
        Gateway before = running;
        running = next();
        assertThat(running.addresses()).isEqualTo(before.addresses());
        awaitHandedOver(before);
        drains.add(
            CompletableFuture.supplyAsync(
                () -> {
                  boolean drained = before.drain();
                  before.close();
                  return drained;
                },
                Thread::startVirtualThread));
        clients.awaitMore(20);
      }
      for (CompletableFuture<Boolean> drain : drains) {
        assertThat(drain.get(60, TimeUnit.SECONDS)).as("all connections ended in time").isTrue();
      }
      clients.awaitMore(20);
      assertThat(clients.failures()).isEmpty();
    }
    assertThat(socketFiles()).containsExactly(fixture.file("hand-over.sock"));
  }

  /** Connections wait in the socket, not in a process: the next one accepts them. */
  @Test
  void aConnectionThatWaitsIsAcceptedByTheNextProcess() throws Exception {
    fixture.start(setup().limits("max-connections = 1"));
    Gateway next = next();
    awaitHandedOver(fixture.gateway());
    fixture.stop();
    assertThat(get(next.address("https"))).isEqualTo("through");
    assertThat(get(next.address("https"))).isEqualTo("through");
  }

  @Test
  void anExchangeInFlightEndsAtTheProcessThatItBeganAt() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    origin = fixture.origin(request -> holdSlow(request, asked, release));
    fixture.start(setup());
    RawClient slow = fixture.connect().get("/slow");
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    Gateway next = next();
    awaitHandedOver(fixture.gateway());
    CompletableFuture<Boolean> drained =
        CompletableFuture.supplyAsync(() -> fixture.gateway().drain(), Thread::startVirtualThread);
    assertThat(get(next.address("https"))).isEqualTo("through");
    assertThat(drained).isNotDone();
    release.countDown();
    RawClient.Response last = slow.read();
    assertThat(last.body()).isEqualTo("through");
    assertThat(last.header("connection")).isEqualTo("close");
    assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void connectionsOfTheProcessBeforeCountAtTheNextOneUntilTheyEnd() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    origin = fixture.origin(request -> holdSlow(request, asked, release));
    Setup limited = setup().limits("per-source.max-connections = 1");
    fixture.start(limited);
    RawClient slow = fixture.connect().get("/slow");
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    Gateway next = next(limited);
    awaitHandedOver(fixture.gateway());
    InetSocketAddress https = next.address("https");
    Eventually.equal("the next one refuses a second connection", false, () -> isServed(https));
    release.countDown();
    assertThat(slow.read().body()).isEqualTo("through");
    slow.close();
    Eventually.equal("the next one accepts it", true, () -> isServed(https));
  }

  private static boolean isServed(InetSocketAddress https) {
    try {
      return get(https).equals("through");
    } catch (IOException refused) {
      return false;
    }
  }

  /** Holds the answer to one path until the test releases it. */
  private static void holdSlow(Origin.Request request, CountDownLatch asked, CountDownLatch release)
      throws IOException {
    if (request.line().contains("/slow")) {
      asked.countDown();
      try {
        assertThat(release.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException interrupted) {
        throw new IOException(interrupted);
      }
    }
    request.reply(200, "through");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls1_2", "tls1_3"})
  void sessionsAreResumedAtTheNextProcess(String version) throws Exception {
    fixture.start(setup());
    OpensslClient client = new OpensslClient(fixture.folder(), version);
    assertThat(client.begin(fixture.https().getPort(), "session")).isTrue();
    Gateway running = fixture.gateway();
    for (int i = 0; i < 2; i++) {
      Gateway before = running;
      running = next();
      awaitHandedOver(before);
      before.close();
      int port = running.address("https").getPort();
      assertThat(client.resume(port, "session")).isEqualTo(Handshake.RESUMED);
    }
  }

  @Test
  void theAdminListenerMovesAndIsReadyThroughout() throws Exception {
    fixture.start(setup());
    int port = fixture.gateway().address("admin").getPort();
    Gateway next = next();
    awaitHandedOver(fixture.gateway());
    assertThat(next.address("admin").getPort()).isEqualTo(port);
    CompletableFuture<Boolean> drained =
        CompletableFuture.supplyAsync(() -> fixture.gateway().drain(), Thread::startVirtualThread);
    for (int i = 0; i < 20; i++) {
      // The process before listens no more: each answer is of the next one.
      assertThat(fixture.admin("/readyz").body()).isEqualTo("ready\n");
    }
    assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(fixture.metric("gateway_hand_overs_total", "outcome=\"taken\"")).isEqualTo(1);
  }

  @Test
  void bothSidesAreAudited() throws Exception {
    fixture.start(setup());
    long process = ProcessHandle.current().pid();
    Object user = Files.getAttribute(fixture.folder(), "unix:uid");
    next();
    for (String event : List.of("took-over", "handed-over")) {
      assertThat(fixture.audit().awaitContaining(event))
          .contains(
              "\"process\":" + process, "\"user\":" + user, "\"listeners\":\"http https admin\"");
    }
    assertThat(fixture.audit().all()).noneMatch(line -> line.contains("ticket key"));
  }

  // ---- other configurations

  @Test
  void aListenerThatIsNewIsBoundAndOneThatIsGoneIsClosed() throws Exception {
    fixture.start(setup());
    InetSocketAddress http = fixture.http();
    String renamed = setup().hocon().replace("    http {", "    plain {");
    Gateway next = fixture.another(renamed, Clock.systemUTC());
    awaitHandedOver(fixture.gateway());
    assertThat(next.address("https")).isEqualTo(fixture.https());
    // Port 0 is for one listener, by its name.
    assertThat(next.address("plain")).isNotEqualTo(http);
    assertThatThrownBy(() -> RawClient.plain(http)).isInstanceOf(ConnectException.class);
    fixture.stop();
    assertThat(get(next.address("https"))).isEqualTo("through");
  }

  /** Not only files: all certificates and keys are opened before the process before is asked. */
  @Test
  void aBadConfigurationLeavesTheProcessThatServes() throws Exception {
    fixture.start(setup());
    Setup bad = setup().certificates("[ { chain = client.pem, key = server.key } ]");
    assertThatThrownBy(() -> fail(bad)).isInstanceOf(InvalidConfiguration.class);
    assertThat(get(fixture.https())).isEqualTo("through");
    assertThat(fixture.audit().all()).noneMatch(line -> line.contains("hand-over"));
    next();
    awaitHandedOver(fixture.gateway());
  }

  @Test
  void anAddressThatIsTakenLeavesTheProcessThatServes() throws Exception {
    fixture.start(setup());
    String taken = origin.address();
    String hocon =
        setup()
            .hocon()
            .replace("bind = \"127.0.0.1:0\", redirect", "bind = \"" + taken + "\", redirect");
    assertThatThrownBy(() -> Gateway.start(GatewayConfig.parse(hocon, fixture.folder())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot bind listener http to " + taken);
    assertThat(fixture.audit().awaitContaining("hand-over-failed"))
        .contains("it ended, or closed the connection, before it served");
    assertThat(get(fixture.https())).isEqualTo("through");
    assertThat(socketFiles()).containsExactly(fixture.file("hand-over.sock"));
    next();
    awaitHandedOver(fixture.gateway());
  }

  // ---- the next process fails midway, or is another

  @Test
  void aProcessThatDiesWithTheDescriptorsLeavesTheOneThatServes() throws Exception {
    fixture.start(setup());
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    fixture.closing((AutoCloseable) () -> loop.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync());
    HandOverClient dying =
        Objects.requireNonNull(HandOverClient.connect(fixture.file("hand-over.sock"), loop));
    int offered = dying.begin().sockets().size();
    assertThat(offered).isEqualTo(3);
    for (int i = 0; i < offered; i++) {
      InheritedSockets.close(dying.take(i));
    }
    dying.close();
    fixture.audit().awaitContaining("hand-over-failed");
    assertThat(get(fixture.https())).isEqualTo("through");
    assertThat(fixture.metric("gateway_hand_overs_total", "outcome=\"failed\"")).isEqualTo(1);
    next();
    awaitHandedOver(fixture.gateway());
  }

  @Test
  void twoProcessesCannotTakeOverAtATime() throws Exception {
    fixture.start(setup());
    try (SocketChannel first = connect()) {
      send(first, HELLO);
      assertThat(receive(first)).startsWith(2);
      assertThatThrownBy(() -> fail(setup()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("refuses to hand over: process ")
          .hasMessageEndingWith(" takes over already");
    }
    fixture.audit().awaitContaining("hand-over-failed");
    next();
    awaitHandedOver(fixture.gateway());
  }

  @Test
  void anotherVersionOfTheProtocolIsRefusedWithTheRemedy() throws Exception {
    fixture.start(setup());
    try (SocketChannel next = connect()) {
      send(next, HELLO.replace("0001", "0002"));
      String refused = new String(receive(next), StandardCharsets.UTF_8);
      assertThat(refused)
          .contains(
              "it hands over by version 2 of the protocol, and this process by version 1: stop one,"
                  + " then start the other");
    }
    fixture.audit().awaitContaining("hand-over-refused");
    assertThat(get(fixture.https())).isEqualTo("through");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000", // an empty frame
        "7fffffff01", // a long one
        "00000007 01 48545450 0001", // no magic number
        "00000001 05", // serving without an offer
        "00000003 04 0000", // a wish without one
        "00000001 63", // an unknown kind
        "474554202f20485454502f312e310d0a0d0a" // GET / HTTP/1.1
      })
  void noiseIsClosedAndChangesNothing(String hex) throws Exception {
    fixture.start(setup());
    try (SocketChannel noise = connect()) {
      send(noise, hex);
      assertThat(receive(noise)).isEmpty();
    }
    assertThat(fixture.gateway().handedOver()).isNotDone();
    assertThat(get(fixture.https())).isEqualTo("through");
    next();
    awaitHandedOver(fixture.gateway());
  }

  @Test
  void aReloadWaitsForTheEndOfAHandOver() throws Exception {
    Path file = Files.writeString(fixture.file("gateway.conf"), setup().hocon());
    fixture.startFrom(file);
    Files.writeString(
        file, setup().hocon().replace("backend = app", "backend = app, name = other"));
    try (SocketChannel next = connect()) {
      send(next, HELLO);
      assertThat(receive(next)).startsWith(2);
      assertThat(fixture.reload("").body())
          .contains("another process is taking over: reload that one");
    }
    fixture.audit().awaitContaining("hand-over-failed");
    assertThat(fixture.gateway().reload("test", null)).isTrue();
  }

  /** A Hello of version 1. */
  private static final String HELLO = "00000007 01 53414c59 0001";

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(fixture.file("hand-over.sock")));
    return channel;
  }

  private static void send(SocketChannel channel, String hex) throws IOException {
    channel.write(ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))));
  }

  /** The next frame without its length; empty at the end of the connection. */
  private static byte[] receive(SocketChannel channel) throws IOException {
    InputStream in = Channels.newInputStream(channel);
    byte[] length = in.readNBytes(4);
    return length.length < 4 ? new byte[0] : in.readNBytes(ByteBuffer.wrap(length).getInt());
  }

  // ---- who may

  @Test
  void theSocketIsForItsUserAlone() throws Exception {
    fixture.start(setup());
    assertThat(Files.getPosixFilePermissions(fixture.file("hand-over.sock")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void anotherUserIsRefused() throws Exception {
    assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "needs root");
    Peers.demand("perl");
    fixture.start(setup());
    // As if the modes had been loosened by hand.
    Files.setPosixFilePermissions(fixture.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(
        fixture.file("hand-over.sock"), PosixFilePermissions.fromString("rw-rw-rw-"));
    String perl =
        "$< = $> = 65534; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;"
            + " connect($s, sockaddr_un($ARGV[0])) or die; print while <$s>;";
    Process other =
        new ProcessBuilder(
                "perl", "-MSocket", "-e", perl, fixture.file("hand-over.sock").toString())
            .redirectErrorStream(true)
            .start();
    assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .endsWith("it runs as another user than this process");
    assertThat(fixture.audit().awaitContaining("hand-over-refused"))
        .contains("\"process\":" + other.pid(), "\"user\":65534");
    assertThat(fixture.metric("gateway_hand_overs_total", "outcome=\"refused\"")).isEqualTo(1);
  }

  @Test
  void aFolderThatOthersMayWriteToIsRefused() throws Exception {
    Path folder = Files.createDirectory(fixture.file("open"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxr-x"));
    assertThat(
            fixture
                .problem(setup().gateway("hand-over.socket = open/a.sock").hocon())
                .problems()
                .getFirst())
        .contains(
            ": hand-over.socket: the folder '" + folder + "' has the mode rwxrwxr-x",
            "chmod go-w " + folder);
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    assertThat(
            fixture
                .problem(setup().gateway("hand-over.socket = away/a.sock").hocon())
                .problems()
                .getFirst())
        .contains(": hand-over.socket: there is no folder '" + fixture.file("away") + "'");
  }

  @Test
  void aFileInTheWayStays() throws Exception {
    Path file = Files.writeString(fixture.file("hand-over.sock"), "precious");
    assertThat(fixture.problem(setup().hocon()).problems().getFirst())
        .contains("'" + file + "' is there and is no socket");
    assertThat(file).hasContent("precious");
  }

  // ---- before and after

  @Test
  void aSocketWhoseProcessHasBeenKilledIsReplaced() throws Exception {
    Path file = fixture.file("hand-over.sock");
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(UnixDomainSocketAddress.of(file));
    }
    assertThat(Files.exists(file)).isTrue();
    fixture.start(setup());
    next();
    awaitHandedOver(fixture.gateway());
  }

  @Test
  void aStopTakesTheSocketAway() throws Exception {
    fixture.start(setup());
    assertThat(socketFiles()).hasSize(1);
    fixture.stop();
    assertThat(socketFiles()).isEmpty();
  }
}
