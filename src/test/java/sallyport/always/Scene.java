package sallyport.always;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import sallyport.testkit.EndpointProcess;
import sallyport.testkit.Eventually;
import sallyport.testkit.FaultyBackend;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/**
 * A gateway as a process, a load on it, and two endpoints: one that a test may harm, and one that
 * always serves. What happens to them costs no safe request, sends no POST twice, and leaves
 * nothing behind. {@code -Dalways.times=N} makes each thing happen N times as often.
 */
final class Scene implements AutoCloseable {
  private static final int TIMES = Integer.getInteger("always.times", 1);

  /** What the chunks of two event loops may differ by. */
  private static final double BUFFERS_BYTES = 1024 * 1024;

  /** What happens. */
  interface Step {
    void run(int turn) throws Exception;
  }

  /** No fault: a machine that is busy opens connections slowly. */
  private static final String PATIENT = "20s";

  private final Path folder;
  private final String connectTimeout;
  private final EndpointProcess endpoint;
  private final FaultyBackend well = FaultyBackend.start(FaultyBackend.Protocol.HTTP1);
  private final List<Load.Result> failed = new ArrayList<>();
  private GatewayProcess gateway;
  private Load load;

  private Scene(Path folder, String connectTimeout) throws Exception {
    this.folder = folder;
    this.connectTimeout = connectTimeout;
    TestPki.writeTo(folder);
    this.endpoint = EndpointProcess.start(folder);
    configure(0);
    this.gateway = GatewayProcess.start(folder);
    this.load = new Load(gateway.address("https"), Load.warmUp(gateway.address("https")));
  }

  static Scene open(Path folder) throws Exception {
    return open(folder, PATIENT);
  }

  /**
   * Opens one.
   *
   * @param connectTimeout after which another endpoint is tried
   */
  static Scene open(Path folder, String connectTimeout) throws Exception {
    return new Scene(folder, connectTimeout);
  }

  /** Writes a configuration that differs from all others in one field of its responses. */
  void configure(int number) throws IOException {
    Files.writeString(
        folder.resolve(GatewayProcess.CONFIGURATION),
        Setup.to(endpoint.address(), well.address())
            .limits(
                "new-connections.per-second = 0, per-source { max-connections = 10000,"
                    + " new-connections.per-second = 0 }")
            .route("security-headers.set { X-Number = \"" + number + "\" }")
            // Connections that are idle are gone before descriptors are counted.
            .backend(
                "connect-timeout = "
                    + connectTimeout
                    + ", pool.idle-timeout = 1s, ejection { base = 2s, longest = 2s }")
            .gateway(
                "drain-timeout = 20s, lame-duck = 0s, access-log.enabled = false,"
                    + " hand-over.socket = hand-over.sock")
            .hocon()
            .replaceAll("runtime.workers = \\d+", "runtime.workers = 2"));
  }

  GatewayProcess gateway() {
    return gateway;
  }

  EndpointProcess endpoint() {
    return endpoint;
  }

  Load load() {
    return load;
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  // ---- what happens

  /** Another process takes the place of the gateway. */
  void handOver() throws Exception {
    GatewayProcess before = gateway;
    gateway = GatewayProcess.start(folder);
    before.awaitEnd();
  }

  /** 1 while the endpoint that may be harmed is in service. */
  double endpointUp() {
    return gateway.metric(
        "gateway_upstream_endpoint_up", "endpoint=\"" + endpoint.address() + "\"");
  }

  /** Returns once requests have found the endpoint well that may be harmed. */
  void awaitInService() throws Exception {
    int before = endpoint.seen().size();
    while (endpointUp() == 0 || endpoint.seen().size() == before) {
      load.await(1);
    }
  }

  // ---- what it must not cost

  /**
   * Has it happen under load, and holds what the gateway has afterwards against what it had before.
   *
   * @param count how often
   */
  void prove(int count, Step step) throws Exception {
    load.await(100);
    rest();
    awaitIdle();
    int descriptors = gateway.descriptors();
    double buffers = gateway.metric("gateway_buffers_used_bytes");
    load = new Load(gateway.address("https"), load.sent());
    for (int turn = 1; turn <= count * TIMES; turn++) {
      step.run(turn);
    }
    rest();
    assertThat(failed).filteredOn(Load.Result::safe).as("safe requests that failed").isEmpty();
    assertThat(repeatedPosts()).as("POSTs that were sent twice").isEmpty();
    awaitIdle();
    Eventually.equal("more descriptors", false, () -> gateway.descriptors() > descriptors);
    Eventually.equal(
        "more buffers",
        false,
        () -> gateway.metric("gateway_buffers_used_bytes") > buffers + BUFFERS_BYTES);
    gateway.collectGarbage();
    gateway.stop();
  }

  private void rest() throws InterruptedException {
    load.stop();
    failed.addAll(load.failed());
  }

  private void awaitIdle() {
    for (String gauge :
        List.of("gateway_downstream_exchanges_active", "gateway_upstream_connections_active")) {
      Eventually.equal(gauge, 0.0, () -> gateway.metric(gauge));
    }
    Eventually.equal(
        "connections of clients",
        0.0,
        () -> gateway.metric("gateway_downstream_connections_active", "listener=\"https\""));
  }

  /** The POSTs that the endpoints saw more than once. */
  private Set<String> repeatedPosts() throws IOException {
    List<String> posts = new ArrayList<>();
    endpoint.seen().stream().filter(line -> line.startsWith("POST ")).forEach(posts::add);
    well.received().stream()
        .filter(request -> request.method().equals("POST"))
        .map(request -> "POST " + request.id())
        .forEach(posts::add);
    Set<String> once = new TreeSet<>();
    Set<String> repeated = new TreeSet<>();
    posts.stream().filter(post -> !once.add(post)).forEach(repeated::add);
    return repeated;
  }

  @Override
  public void close() {
    load.close();
    gateway.close();
    endpoint.close();
    well.close();
  }
}
