package sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.Eventually;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Haproxy;
import sallyport.testkit.MarkdownPage;
import sallyport.testkit.OneLane;
import sallyport.testkit.OpensslClient;
import sallyport.testkit.OpensslClient.Handshake;
import sallyport.testkit.Origin;
import sallyport.testkit.Peers;
import sallyport.testkit.RawClient;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;

/**
 * Three gateways as processes of their own, at loopback addresses of their own, behind the HAProxy
 * of docs/operations.md: under load one is killed, and one is stopped.
 */
@OneLane("The gateways are processes of their own, with configurations of their own.")
@Timeout(300)
class BalancedReplicasIT {
  private static final Path PAGE = Path.of("docs", "operations.md");
  private static final String SECRET =
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  private static final String LOAD = "route=\"load\"";

  /** Clients that keep their connection. */
  private static final int KEPT = 4;

  /** Clients that open a connection for each request. */
  private static final int ANEW = 2;

  /** An address that is not HAProxy's, and sends no PROXY protocol. */
  private static final String ELSEWHERE = "127.0.0.9";

  @RegisterExtension final GatewayFixture fixture = new GatewayFixture();

  private final Map<String, Replica> replicas = new LinkedHashMap<>();
  private Haproxy haproxy;

  /** What the backends saw: how often each request came. */
  private final Map<String, Integer> seen = new ConcurrentHashMap<>();

  private final Map<String, Held> held = new ConcurrentHashMap<>();

  /** By request, the replica that it went through. */
  private final Map<String, String> answers = new ConcurrentHashMap<>();

  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final Semaphore answered = new Semaphore(0);
  private final Semaphore answeredAnew = new Semaphore(0);
  private final List<Thread> load = new ArrayList<>();
  private volatile boolean over;

  private record Replica(Script process, InetSocketAddress https, InetSocketAddress admin) {
    double metric(String name, String tag) {
      try (RawClient client = RawClient.plain(admin)) {
        return client
            .get("/metrics", "Connection: close")
            .read()
            .body()
            .lines()
            .filter(line -> line.startsWith(name + "{") && line.contains(tag))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
            .sum();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A request that the backend keeps waiting. */
  private record Held(Client client, String id, CountDownLatch came, CountDownLatch released) {}

  /**
   * A request or a handshake that failed.
   *
   * @param port of the client, as HAProxy sees it
   */
  private record Failure(int port, String id, String what) {}

  /** One connection through HAProxy. */
  private final class Client implements AutoCloseable {
    private final RawClient raw;
    private final int port;
    private boolean open = true;
    private String replica = "";

    Client() throws IOException {
      RawClient plain =
          RawClient.plain(new InetSocketAddress(InetAddress.getLoopbackAddress(), haproxy.port()));
      port = plain.socket().getLocalPort();
      try {
        raw = plain.secure();
      } catch (IOException cut) {
        failures.add(new Failure(port, "handshake", cut.toString()));
        throw cut;
      }
    }

    void ask(String method) throws IOException {
      String id = "/load/" + numbers.incrementAndGet();
      send(method, id);
      read(id);
    }

    void send(String method, String id) throws IOException {
      if (method.equals("GET")) {
        raw.get(id);
      } else {
        raw.send(
            "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(id, id.length(), id));
      }
    }

    void read(String id) throws IOException {
      RawClient.Response response;
      try {
        response = raw.read();
      } catch (IOException cut) {
        failures.add(new Failure(port, id, cut.toString()));
        throw cut;
      }
      String[] said = response.body().split(" ", 2);
      if (response.status() != 200 || !said[0].equals(id)) {
        failures.add(new Failure(port, id, response.status() + " " + response.body()));
      }
      replica = said[1];
      answers.put(id, replica);
      open = response.header("connection") == null;
    }

    @Override
    public void close() {
      raw.close();
    }
  }

  // ---- scene

  private void answer(Origin.Request request) throws IOException {
    String id = request.line().split(" ", -1)[1];
    // Each replica has a client certificate of its own.
    String replica = request.clientSubject().replaceAll(".*CN=(\\w+).*", "$1");
    request.body();
    if (id.startsWith("/load/")) {
      seen.merge(id, 1, Integer::sum);
    }
    Held mine = held.get(id);
    if (mine != null) {
      mine.came().countDown();
      try {
        mine.released().await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    request.answer(200, id + " " + replica);
  }

  @BeforeEach
  void start() throws Exception {
    Peers.demand("haproxy", "openssl");
    startReplicas();
    haproxy = startHaproxy();
  }

  private Replica replica(String name) {
    return Objects.requireNonNull(replicas.get(name));
  }

  private void startReplicas() throws Exception {
    Secrets.write(fixture.file("tickets.secret"), SECRET);
    Origin[] origins = {fixture.origin(this::answer), fixture.origin(this::answer)};
    Map<String, Script> processes = new LinkedHashMap<>();
    for (String name : List.of("one", "two", "three")) {
      TestPki.BACK
          .issue(CertificateRequest.of(name).usage(CLIENT_AUTH))
          .write(fixture.file(name + ".pem"), fixture.file(name + ".key"));
      String address = "127.0.0.1" + (processes.size() + 1);
      Files.writeString(
          fixture.file(name + ".conf"),
          Setup.to(origins)
              .listener("trusted-proxies = [ \"127.0.0.1\" ], proxy-protocol = true")
              .limits("per-source.new-connections.per-second = 0")
              .tls("session-tickets { source = derived, secrets = [ { file = tickets.secret } ] }")
              .routes("{ name = load, path = /load, backend = app }, { backend = app }")
              .gateway(
                  "lame-duck = 1h, admin.control.bind = \"unix:%s\""
                      .formatted(fixture.file(name + ".sock")))
              .hocon()
              .replace("admin.bind", "admin.metrics.bind")
              .replace("127.0.0.1:0", address + ":0")
              .replace("client.pem, key = client.key", "%1$s.pem, key = %1$s.key".formatted(name)));
      processes.put(
          name, fixture.closing(Script.start(fixture.folder(), "run", "-c", name + ".conf")));
    }
    for (Map.Entry<String, Script> each : processes.entrySet()) {
      String serving = each.getValue().awaitLine("serving ");
      InetAddress address = InetAddress.ofLiteral("127.0.0.1" + (replicas.size() + 1));
      replicas.put(
          each.getKey(),
          new Replica(
              each.getValue(),
              new InetSocketAddress(address, DemoIT.port(serving, "https")),
              new InetSocketAddress(address, DemoIT.port(serving, "admin.metrics"))));
    }
  }

  /** That of the page, with the addresses of this test. */
  private Haproxy startHaproxy() throws IOException {
    String text =
        MarkdownPage.parse(PAGE, Files.readString(PAGE)).blocks("haproxy").getFirst().text();
    assertThat(text).contains("log /dev/log local0", "bind :443");
    text =
        text.replace("log /dev/log local0", "log stdout format raw local0")
            .replace("bind :443", "bind 127.0.0.1:PORT");
    for (Map.Entry<String, Replica> each : replicas.entrySet()) {
      String server = "server " + each.getKey() + " ";
      InetSocketAddress https = each.getValue().https();
      assertThat(text).containsOnlyOnce(server);
      text =
          text.replaceAll(
              server + "\\S+",
              server
                  + https.getAddress().getHostAddress()
                  + ":"
                  + https.getPort()
                  + " port "
                  + each.getValue().admin().getPort());
    }
    return fixture.closing(Haproxy.serve(fixture.folder(), text));
  }

  // ---- load

  private void startLoad() {
    for (int i = 0; i < KEPT; i++) {
      load.add(Thread.ofVirtual().start(() -> ask(Integer.MAX_VALUE)));
    }
    for (int i = 0; i < ANEW; i++) {
      load.add(Thread.ofVirtual().start(() -> ask(1)));
    }
  }

  /**
   * Asks until the load is over, or until more has failed than the death of one replica explains.
   */
  private void ask(int perConnection) {
    for (int failed = 0; !over && failed < 3; ) {
      try (Client client = new Client()) {
        for (int i = 0; i < perConnection && client.open && !over; i++) {
          client.ask(i % 2 == 0 ? "POST" : "GET");
          answered.release();
        }
        if (perConnection == 1) {
          answeredAnew.release();
        }
      } catch (IOException noted) {
        failed++;
      }
    }
  }

  private static void awaitMore(Semaphore answered, int count) throws InterruptedException {
    answered.drainPermits();
    assertThat(answered.tryAcquire(count, 60, TimeUnit.SECONDS)).as("more answers").isTrue();
  }

  private void endLoad() throws InterruptedException {
    over = true;
    for (Thread each : load) {
      each.join();
    }
  }

  private double answeredBy(String replica) {
    return (double) answers.values().stream().filter(replica::equals).count();
  }

  /** Sends a POST through this replica, which waits at the backend until it is released. */
  private Held hold(String replica) throws Exception {
    for (int i = 0; i < 200; i++) {
      Client client = new Client();
      client.ask("GET");
      if (client.replica.equals(replica)) {
        String id = "/load/held-" + numbers.incrementAndGet();
        Held request = new Held(client, id, new CountDownLatch(1), new CountDownLatch(1));
        held.put(id, request);
        fixture.closing(client);
        client.send("POST", id);
        assertThat(request.came().await(20, TimeUnit.SECONDS)).as("it came").isTrue();
        return request;
      }
      client.close();
    }
    throw new AssertionError("no connection went to " + replica);
  }

  private static void release(Held request) throws IOException {
    request.released().countDown();
    request.client().read(request.id());
  }

  // ---- proof

  @Test
  void oneIsKilledAndOneIsStoppedAndOnlyWhatWasInFlightAtTheKilledOneFails() throws Exception {
    Replica one = replica("one");
    Replica two = replica("two");
    Replica three = replica("three");
    for (String version : List.of("tls1_2", "tls1_3")) {
      assertThat(
              new OpensslClient(fixture.folder(), version)
                  .begin(
                      one.https().getPort(),
                      version,
                      "-connect",
                      "127.0.0.11:" + one.https().getPort(),
                      "-bind",
                      ELSEWHERE + ":0"))
          .isTrue();
    }
    startLoad();
    awaitMore(answered, 100);
    Eventually.equal("replicas that answer", replicas.keySet(), () -> Set.copyOf(answers.values()));
    assertThat(failures).isEmpty();

    Held atOne = hold("one");
    Held atTwo = hold("two");
    Held atThree = hold("three");
    one.process().signal("KILL");
    assertThatThrownBy(() -> atOne.client().read(atOne.id())).isInstanceOf(IOException.class);
    atOne.client().close();
    haproxy.awaitLine("Server sallyport/one is DOWN");
    awaitMore(answered, 100);
    // Each client had one request or handshake there at most.
    assertThat(failures).hasSizeBetween(1, 1 + KEPT + ANEW);
    List<Failure> ofTheKill = List.copyOf(failures);
    atOne.released().countDown();
    release(atThree);

    two.process().signal("TERM");
    haproxy.awaitLine("Server sallyport/two is DOWN, reason: Layer7 wrong status, code: 503");
    try (RawClient late = RawClient.tlsFrom(ELSEWHERE, two.https())) {
      assertThat(late.get("/").read().status()).as("during lame-duck").isEqualTo(200);
    }
    awaitMore(answeredAnew, 2 * ANEW);
    two.process().signal("TERM");
    two.process().awaitError("every connection has been told");
    Eventually.equal(
        "connections of two, but for the one that waits",
        1.0,
        () -> two.metric("gateway_downstream_connections_active", "listener=\"https\""));
    double requestsOfTwo = two.metric("gateway_downstream_requests_total", LOAD);
    release(atTwo);
    assertThat(two.process().await()).isZero();
    assertThat(two.process().err()).contains("\"event\":\"stopped\",\"cut\":0");

    awaitMore(answered, 100);
    for (String version : List.of("tls1_2", "tls1_3")) {
      assertThat(new OpensslClient(fixture.folder(), version).resume(haproxy.port(), version))
          .as("a session of one, at three")
          .isEqualTo(Handshake.RESUMED);
    }
    try (RawClient client =
        RawClient.tlsFrom(
            "127.0.0.77",
            new InetSocketAddress(InetAddress.getLoopbackAddress(), haproxy.port()))) {
      assertThat(client.get("/").read().status()).isEqualTo(200);
      three
          .process()
          .awaitError(
              "\"client\":\"127.0.0.77:%d\",\"proxy\":\"127.0.0.1:"
                  .formatted(client.socket().getLocalPort()));
    }
    endLoad();

    assertThat(failures).containsExactlyElementsOf(ofTheKill);
    for (Failure each : ofTheKill) {
      haproxy.awaitLine("127\\.0\\.0\\.1:%d \\[.*] https sallyport/one ".formatted(each.port()));
    }
    assertThat(seen.values()).as("nothing is sent twice").containsOnly(1);
    assertThat(seen.keySet()).containsAll(answers.keySet());
    assertThat(requestsOfTwo + 1).isEqualTo(answeredBy("two"));
    Eventually.equal(
        "requests of both in their metrics",
        answeredBy("two") + answeredBy("three"),
        () -> requestsOfTwo + 1 + three.metric("gateway_downstream_requests_total", LOAD));
  }
}
