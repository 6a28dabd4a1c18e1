package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

/** Meters of the connections to one endpoint, and of its responses. Any thread. */
public final class UpstreamMetrics {
  private record Handshake(String version, boolean resumed, boolean certificateSent) {}

  private final MeterRegistry registry;
  private final Tags tags;
  private final Gauge endpointUp;
  private final Gauge endpointDrained;

  /** Those who count here: a reload leads to more than one for a time. */
  private final AtomicInteger users = new AtomicInteger();

  private final Timer connect;
  private final Timer response;
  private final Counter reused;
  private final Counter retries;
  private final Counter deniedRetries;
  private final Counter pinned;
  private final LongAdder active = new LongAdder();
  private final LongAdder idle = new LongAdder();
  private final LongAdder waiting = new LongAdder();
  private final Map<Handshake, Counter> handshakes = new ConcurrentHashMap<>();
  private final Map<String, Counter> failures = new ConcurrentHashMap<>();
  private final Map<String, Counter> badResponses = new ConcurrentHashMap<>();
  private final Map<String, Counter> ejections = new ConcurrentHashMap<>();
  private final Map<String, Counter> checks = new ConcurrentHashMap<>();

  /** Whether the endpoint is in service. A reload that changes its backend replaces it. */
  private volatile BooleanSupplier up = () -> true;

  /** Whether an operator has drained the endpoint; replaced likewise. */
  private volatile BooleanSupplier drained = () -> false;

  /**
   * @param address {@code ADDRESS:PORT} of a name; empty for an endpoint that is no name, and for
   *     all addresses of a name
   */
  UpstreamMetrics(MeterRegistry registry, String backend, String endpoint, String address) {
    this.registry = registry;
    this.tags = tags(backend, endpoint, address);
    connect =
        Buckets.timer(registry, "gateway.upstream.connect", "TCP connect and TLS handshake", tags);
    response =
        Buckets.timer(
            registry,
            "gateway.upstream.response",
            "From the head of the request to the head of the response",
            tags);
    reused =
        Counter.builder("gateway.upstream.reused")
            .description("Exchanges that found an idle connection")
            .tags(tags)
            .register(registry);
    retries =
        Counter.builder("gateway.upstream.retries")
            .description("Attempts that were made again after this endpoint failed")
            .tags(tags)
            .register(registry);
    deniedRetries =
        Counter.builder("gateway.upstream.retries.denied")
            .description("Failures of this endpoint that the budget left without another attempt")
            .tags(tags)
            .register(registry);
    pinned =
        Counter.builder("gateway.upstream.pinned")
            .description("Connections that became one client connection's own")
            .tags(tags)
            .register(registry);
    Gauge.builder("gateway.upstream.connections.active", active, LongAdder::sum)
        .description("Connections open now, idle ones included")
        .tags(tags)
        .register(registry);
    endpointUp =
        Gauge.builder(
                "gateway.upstream.endpoint.up", this, meters -> meters.up.getAsBoolean() ? 1 : 0)
            .description(
                "Whether requests go to the endpoint; 0 while it is ejected, unhealthy or drained")
            .tags(tags)
            .register(registry);
    endpointDrained =
        Gauge.builder(
                "gateway.upstream.endpoint.drained",
                this,
                meters -> meters.drained.getAsBoolean() ? 1 : 0)
            .description("Whether an operator has drained the endpoint; 1 while it is")
            .tags(tags)
            .register(registry);
    Gauge.builder("gateway.upstream.connections.idle", idle, LongAdder::sum)
        .description("Connections that wait for a request")
        .tags(tags)
        .register(registry);
    Gauge.builder("gateway.upstream.requests.waiting", waiting, LongAdder::sum)
        .description("Requests that wait because all connections are in use")
        .tags(tags)
        .register(registry);
  }

  /** Returns meters that no page shows. */
  public static UpstreamMetrics unseen() {
    return new UpstreamMetrics(new SimpleMeterRegistry(), "", "", "");
  }

  static Tags tags(String backend, String endpoint, String address) {
    Tags tags = Tags.of("backend", backend, "endpoint", endpoint);
    return address.isEmpty() ? tags : tags.and("address", address);
  }

  /** Counts a user; {@link #end} follows. */
  public void begin() {
    users.incrementAndGet();
  }

  /**
   * Counts the end of a user.
   *
   * @return whether it was the last one
   */
  public boolean end() {
    return users.decrementAndGet() == 0;
  }

  /** Removes what tells the state of the endpoint: it has left its backend. */
  public void left() {
    registry.remove(endpointUp);
    registry.remove(endpointDrained);
  }

  /**
   * Counts a connection that was opened and secured.
   *
   * @param nanos TCP connect and TLS handshake together
   */
  public void connected(long nanos) {
    connect.record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Counts a completed TLS handshake.
   *
   * @param certificateSent whether the gateway's certificate was sent, or else not asked for, in
   *     this handshake or in the one that began the session
   */
  public void handshake(String version, boolean resumed, boolean certificateSent) {
    handshakes
        .computeIfAbsent(
            new Handshake(version, resumed, certificateSent),
            what ->
                Counter.builder("gateway.upstream.handshakes")
                    .description("Completed TLS handshakes with the endpoint")
                    .tags(tags)
                    .tags("version", what.version(), "resumed", Boolean.toString(what.resumed()))
                    .tag("client_certificate", what.certificateSent() ? "sent" : "not_asked")
                    .register(registry))
        .increment();
  }

  /** Counts a connection or an exchange that failed. */
  public void failed(String failure) {
    failures
        .computeIfAbsent(
            failure,
            reason ->
                Counter.builder("gateway.upstream.failures")
                    .description("Failed connections and exchanges, by reason")
                    .tags(tags)
                    .tag("failure", reason)
                    .register(registry))
        .increment();
  }

  /** Counts a response that broke a rule. */
  public void badResponse(String reason) {
    badResponses
        .computeIfAbsent(
            reason,
            rule ->
                Counter.builder("gateway.upstream.bad.responses")
                    .description("Responses that were refused or cut, by the rule that they broke")
                    .tags(tags)
                    .tag("reason", rule)
                    .register(registry))
        .increment();
  }

  /** Counts an ejection of the endpoint. */
  public void ejected(String reason) {
    ejections
        .computeIfAbsent(
            reason,
            failure ->
                Counter.builder("gateway.upstream.ejections")
                    .description("Ejections of the endpoint, by the last failure")
                    .tags(tags)
                    .tag("reason", failure)
                    .register(registry))
        .increment();
  }

  /**
   * Counts a health check.
   *
   * @param result one of a bounded set of words
   */
  public void checked(String result) {
    checks
        .computeIfAbsent(
            result,
            word ->
                Counter.builder("gateway.upstream.health.checks")
                    .description("Health checks of the endpoint, by their result")
                    .tags(tags)
                    .tag("result", word)
                    .register(registry))
        .increment();
  }

  /** Watches whether the endpoint is in service. */
  public void up(BooleanSupplier isInService) {
    up = isInService;
  }

  /** Watches whether an operator has drained the endpoint. */
  public void drained(BooleanSupplier isDrained) {
    drained = isDrained;
  }

  /** Counts a connection that is being opened; {@link #connectionClosed} follows. */
  public void connectionOpened() {
    active.increment();
  }

  /** Counts the end of a connection that closed, or could not be opened. */
  public void connectionClosed() {
    active.decrement();
  }

  /** Adds to the number of idle connections; a negative number for fewer. */
  public void idle(int delta) {
    idle.add(delta);
  }

  /** Adds to the number of requests that wait for a connection; a negative number for fewer. */
  public void waiting(int delta) {
    waiting.add(delta);
  }

  /** Counts an exchange that used an existing connection. */
  public void reused() {
    reused.increment();
  }

  /** Counts a connection that was pinned to a client's connection. */
  public void pinned() {
    pinned.increment();
  }

  /** Counts a failed attempt at this endpoint that is followed by another one. */
  public void retried() {
    retries.increment();
  }

  /** Counts a failed attempt at this endpoint that the budget of retries made the last. */
  public void retryDenied() {
    deniedRetries.increment();
  }

  /** Records the time from the head of a request to the head of its response. */
  public void responded(long nanos) {
    response.record(nanos, TimeUnit.NANOSECONDS);
  }
}
