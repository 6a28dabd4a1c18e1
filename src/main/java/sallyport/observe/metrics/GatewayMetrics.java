package sallyport.observe.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import sallyport.observe.metrics.exception.ExceptionMetrics;
import sallyport.observe.metrics.mirror.MirrorMetrics;
import sallyport.observe.metrics.stream.CancelMetrics;
import sallyport.observe.metrics.stream.StreamMetrics;

/** Meters of the gateway, and the page that Prometheus scrapes. */
public final class GatewayMetrics implements AutoCloseable {
  /**
   * End of a certificate.
   *
   * @param owner the listener or the backend, such as {@code listeners.https}
   * @param use {@code server}, {@code client} or {@code trust}
   * @param name which file, from the configuration
   * @param position in the file, from 0
   */
  public record CertificateEnd(
      String owner, String use, String name, int position, Instant notAfter) {
    Tags tags() {
      return Tags.of(
          "owner", owner, "use", use, "name", name, "position", Integer.toString(position));
    }
  }

  /**
   * Owners of series.
   *
   * @param listeners the admin listener too
   * @param routes each with its backend
   * @param endpoints each after its backend
   * @param peers {@code client} with each listener, {@code backend} with each backend
   * @param rotated each use with the names of the listeners or backends
   * @param keys {@code server} or {@code client} with where the configuration has the key
   * @param streams each listener of TCP streams with each of its backends
   */
  public record Served(
      Set<String> listeners,
      Set<Pair> routes,
      Set<Pair> endpoints,
      Set<Pair> peers,
      Set<Pair> rotated,
      Set<Pair> keys,
      Set<Pair> streams) {
    private boolean lacks(Meter.Id series) {
      String name = series.getTag("name");
      String peer = series.getTag("peer");
      String use = series.getTag("use");
      String key = series.getTag("key");
      if (name != null && peer != null) {
        return !peers.contains(new Pair(peer, name));
      }
      if (use != null && key != null) {
        return !keys.contains(new Pair(use, key));
      }
      if (name != null && use != null && series.getName().equals(ROTATIONS)) {
        return !rotated.contains(new Pair(use, name));
      }
      if (name != null && series.getName().startsWith(StaplingMetrics.PREFIX)) {
        return !keys.contains(new Pair("server", name));
      }
      String listener = series.getTag("listener");
      String route = series.getTag("route");
      String backend = series.getTag("backend");
      String endpoint = series.getTag("endpoint");
      if (backend != null && series.getName().equals(PANIC)) {
        return !peers.contains(new Pair("backend", backend));
      }
      if (listener != null && backend != null) {
        return !streams.contains(new Pair(listener, backend));
      }
      return (listener != null && !listeners.contains(listener))
          || (backend != null && route != null && !routes.contains(new Pair(route, backend)))
          || (backend != null
              && endpoint != null
              && !endpoints.contains(new Pair(backend, endpoint)));
    }
  }

  /** Meters of the questions for the addresses of one name. Any thread. */
  public static final class Lookups {
    private static final String PREFIX = "gateway.upstream.dns.";

    private final MeterRegistry registry;
    private final String name;
    private volatile boolean stale;

    private Lookups(MeterRegistry registry, String name) {
      this.registry = registry;
      this.name = name;
      Gauge.builder(PREFIX + "stale", this, meters -> meters.stale ? 1 : 0)
          .description("1 while the last good answer stands because questions fail")
          .tag("name", name)
          .register(registry);
    }

    /** Counts an answer with addresses. */
    public void answered() {
      count("answered", false);
    }

    /**
     * Counts an answer without an address.
     *
     * @param old whether an earlier answer stands
     */
    public void empty(boolean old) {
      count("empty", old);
    }

    /**
     * Counts a question without an answer.
     *
     * @param old whether an earlier answer stands
     */
    public void failed(boolean old) {
      count("failed", old);
    }

    private void count(String outcome, boolean old) {
      stale = old;
      Counter.builder(PREFIX + "lookups")
          .description("Questions for the addresses of the name, by what came of them")
          .tags("name", name, "outcome", outcome)
          .register(registry)
          .increment();
    }

    private void forget() {
      for (Meter meter : registry.getMeters()) {
        Meter.Id id = meter.getId();
        if (id.getName().startsWith(PREFIX) && name.equals(id.getTag("name"))) {
          registry.remove(meter);
        }
      }
    }
  }

  private static final String ROTATIONS = "gateway.tls.rotations";
  private static final String PANIC = "gateway.upstream.panic.requests";

  private record Address(String backend, String endpoint, String address) {}

  /** Pair of names that identifies a series. */
  public record Pair(String owner, String part) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final MultiGauge daysLeft;
  private final MultiGauge notAfter;
  private final Map<String, DownstreamMetrics> downstream = new ConcurrentHashMap<>();
  private final Map<String, TlsMetrics> tls = new ConcurrentHashMap<>();
  private final Map<Pair, RevocationMetrics> revocation = new ConcurrentHashMap<>();
  private final Map<String, StaplingMetrics> stapling = new ConcurrentHashMap<>();
  private final Map<Pair, RouteMetrics> routes = new ConcurrentHashMap<>();
  private final Map<Pair, StreamMetrics> streams = new ConcurrentHashMap<>();
  private final Map<String, CancelMetrics> cancels = new ConcurrentHashMap<>();
  private final Map<Address, UpstreamMetrics> upstreams = new ConcurrentHashMap<>();
  private final Map<String, Lookups> lookups = new ConcurrentHashMap<>();
  private final List<LogMetrics> logs = new CopyOnWriteArrayList<>();
  private final ReloadMetrics reloads = new ReloadMetrics(registry);
  private final ExceptionMetrics exceptions = new ExceptionMetrics(registry);

  /** The registry itself refers to them weakly. */
  private final List<Object> counted = new CopyOnWriteArrayList<>();

  /** A registry of its own, with the JVM's meters bound to it. */
  public GatewayMetrics() {
    new JvmMemoryMetrics().bindTo(registry);
    gc.bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    daysLeft =
        MultiGauge.builder("gateway.tls.certificate.days.left")
            .description("Days until the certificate expires; negative when it has")
            .register(registry);
    notAfter =
        MultiGauge.builder("gateway.tls.certificate.not.after")
            .description("When the certificate expires, in seconds since 1970")
            .baseUnit("seconds")
            .register(registry);
  }

  /** Returns the meters of a listener. */
  public DownstreamMetrics downstream(String listener) {
    return downstream.computeIfAbsent(listener, name -> new DownstreamMetrics(registry, name));
  }

  /** Returns the meters of a listener's handshakes. */
  public TlsMetrics tls(String listener) {
    return tls.computeIfAbsent(listener, name -> new TlsMetrics(registry, name));
  }

  /**
   * Returns the meters of a certificate that an ACME authority issues.
   *
   * @param name the same as in {@link #certificates}
   */
  public AcmeMetrics acme(String account, String name) {
    return new AcmeMetrics(registry, account, name);
  }

  /** Measures whether this replica orders the certificates of an account. */
  public void acmeLeads(String account, BooleanSupplier leads) {
    Gauge.builder("gateway.acme.leader", () -> leads.getAsBoolean() ? 1 : 0)
        .description("Whether this replica orders the certificates of the account")
        .tags("account", account)
        .register(registry);
  }

  /**
   * Returns the meters of what is known of revoked peers.
   *
   * @param peer {@code client} or {@code backend}
   * @param name the listener or the backend
   */
  public RevocationMetrics revocation(String peer, String name) {
    return revocation.computeIfAbsent(
        new Pair(peer, name), both -> new RevocationMetrics(registry, peer, name));
  }

  /**
   * Forgets the revocation lists of all peers but these.
   *
   * @param peers as for {@link Served}
   */
  public void keepLists(Set<Pair> peers) {
    revocation.forEach(
        (peer, meters) -> {
          if (!peers.contains(peer)) {
            meters.noLists();
          }
        });
  }

  /**
   * Returns the meters of what is stapled to a server certificate.
   *
   * @param name where the configuration has its key, as for {@link #signatures}
   */
  public StaplingMetrics stapling(String name) {
    return stapling.computeIfAbsent(name, n -> new StaplingMetrics(registry, n));
  }

  /** Returns the meters of a route. */
  public RouteMetrics route(String route, String backend) {
    return routes.computeIfAbsent(
        new Pair(route, backend), pair -> new RouteMetrics(registry, route, backend));
  }

  /** Returns the meters of the copies of a route's requests to a backend. */
  public MirrorMetrics mirror(String route, String backend) {
    return new MirrorMetrics(registry, route, backend);
  }

  /** Returns the meters of the TCP streams of a listener to a backend. */
  public StreamMetrics stream(String listener, String backend) {
    return streams.computeIfAbsent(
        new Pair(listener, backend), pair -> new StreamMetrics(registry, listener, backend));
  }

  /** Returns the meters of requests to cancel what databases do, of a listener. */
  public CancelMetrics cancels(String listener) {
    return cancels.computeIfAbsent(listener, name -> new CancelMetrics(registry, name));
  }

  /** Returns the meters of an endpoint, {@code host:port}, over all of its addresses. */
  public UpstreamMetrics upstream(String backend, String endpoint) {
    return upstream(backend, endpoint, "");
  }

  /**
   * Returns the meters of one address of an endpoint.
   *
   * @param endpoint {@code host:port}
   * @param address {@code ADDRESS:PORT}; empty for an endpoint that is no name, and for all
   *     addresses of a name
   */
  public synchronized UpstreamMetrics upstream(String backend, String endpoint, String address) {
    return upstreams.computeIfAbsent(
        new Address(backend, endpoint, address),
        each -> new UpstreamMetrics(registry, backend, endpoint, address));
  }

  /** Forgets the series of one address of an endpoint, as {@link #upstream} made them. */
  public synchronized void forgetUpstream(String backend, String endpoint, String address) {
    upstreams.remove(new Address(backend, endpoint, address));
    List<Tag> tags = UpstreamMetrics.tags(backend, endpoint, address).stream().toList();
    for (Meter meter : registry.getMeters()) {
      Meter.Id id = meter.getId();
      if (id.getTags().containsAll(tags) && (!address.isEmpty() || id.getTag("address") == null)) {
        registry.remove(meter);
      }
    }
  }

  /** Returns the meters of the questions for a name. */
  public Lookups lookups(String name) {
    return lookups.computeIfAbsent(name, each -> new Lookups(registry, each));
  }

  /** Forgets the meters of the questions for a name. */
  public void forgetLookups(String name) {
    Lookups meters = lookups.remove(name);
    if (meters != null) {
      meters.forget();
    }
  }

  /** Returns what counts a request of a backend that found no endpoint in service. */
  public Runnable panicRequests(String backend) {
    return Counter.builder(PANIC)
            .description("Requests that found no endpoint in service, and went to one all the same")
            .tag("backend", backend)
            .register(registry)
        ::increment;
  }

  /**
   * Forgets the series of listeners, routes, endpoints, keys and peers that are no longer there.
   * Call it where nothing of these is opened meanwhile, but for endpoints.
   *
   * @param owners is asked under the lock that endpoints get their meters under
   */
  public synchronized void keepOnly(Supplier<Served> owners) {
    Served served = owners.get();
    downstream.keySet().retainAll(served.listeners());
    tls.keySet().retainAll(served.listeners());
    routes.keySet().retainAll(served.routes());
    streams.keySet().retainAll(served.streams());
    cancels.keySet().retainAll(served.listeners());
    upstreams
        .keySet()
        .removeIf(each -> !served.endpoints().contains(new Pair(each.backend(), each.endpoint())));
    revocation.keySet().retainAll(served.peers());
    stapling.keySet().removeIf(name -> !served.keys().contains(new Pair("server", name)));
    for (Meter meter : registry.getMeters()) {
      if (served.lacks(meter.getId())) {
        registry.remove(meter);
      }
    }
  }

  /** Returns the meters of exceptions from TLS policies. */
  public ExceptionMetrics exceptions() {
    return exceptions;
  }

  /** Returns the meters of the configuration. */
  public ReloadMetrics reloads() {
    return reloads;
  }

  /**
   * Returns the meters of a private key.
   *
   * @param use {@code server} or {@code client}
   * @param key where it is kept, as the configuration has it
   */
  public SignatureMetrics signatures(String use, String key) {
    return new SignatureMetrics(registry, use, key);
  }

  /** Watches when these certificates end, and no others any more. */
  public synchronized void certificates(List<CertificateEnd> held) {
    Map<Tags, Instant> ends = new LinkedHashMap<>();
    held.forEach(certificate -> ends.putIfAbsent(certificate.tags(), certificate.notAfter()));
    List<MultiGauge.Row<?>> days = new ArrayList<>();
    List<MultiGauge.Row<?>> dates = new ArrayList<>();
    ends.forEach(
        (tags, date) -> {
          days.add(
              MultiGauge.Row.of(
                  tags, () -> Duration.between(Instant.now(), date).toMinutes() / 1440.0));
          dates.add(MultiGauge.Row.of(tags, () -> (double) date.getEpochSecond()));
        });
    daysLeft.register(days, true);
    notAfter.register(dates, true);
  }

  /** Sets the transport of the sockets. */
  public void transport(String name) {
    Gauge.builder("gateway.downstream.transport.info", () -> 1)
        .description("The transport that sockets run on: epoll, io_uring or nio")
        .tag("transport", name)
        .register(registry);
  }

  /**
   * Counts a rotation: the files of a listener or a backend were opened again.
   *
   * @param use {@code server}, {@code client}, {@code tickets} or {@code denied}
   * @param name the listener or the backend
   * @param outcome {@code rotated}, {@code unchanged} or {@code refused}
   */
  public void rotation(String use, String name, String outcome) {
    Counter.builder(ROTATIONS)
        .description("How often certificates, keys and trust were opened again, by what came of it")
        .tags("use", use, "name", name, "outcome", outcome)
        .register(registry)
        .increment();
  }

  /**
   * Counts a hand-over between processes.
   *
   * @param outcome {@code taken} by this process, {@code given} to the next, {@code failed} before
   *     the next served, {@code refused}
   */
  public void handOver(String outcome) {
    Counter.builder("gateway.hand.overs")
        .description("How often listening sockets were handed over between processes, or not")
        .tag("outcome", outcome)
        .register(registry)
        .increment();
  }

  /**
   * Watches how often a source did not answer in time.
   *
   * @param kind {@code file}, {@code command} or {@code token}
   */
  public void sourceTimeouts(String kind, LongSupplier timeouts) {
    counted.add(timeouts);
    FunctionCounter.builder("gateway.keys.source.timeouts", timeouts, LongSupplier::getAsLong)
        .description("How often a file, a command or a token did not answer within open-timeout")
        .tag("kind", kind)
        .register(registry);
  }

  /** Watches how many reads were given up and have not returned. */
  public void sourcesHanging(IntSupplier reads) {
    Gauge.builder("gateway.keys.sources.hanging", reads, IntSupplier::getAsInt)
        .description("Reads of files and tokens that were given up and have not returned")
        .strongReference(true)
        .register(registry);
  }

  /**
   * Watches whether a token can be used.
   *
   * @param token its label
   * @param used whether it is configured; of one that is not, nothing is known
   */
  public void tokenUp(String token, BooleanSupplier used, BooleanSupplier up) {
    Gauge.builder(
            "gateway.tls.token.up",
            () -> used.getAsBoolean() ? (up.getAsBoolean() ? 1 : 0) : Double.NaN)
        .description("Whether keys in a token can be used; 0 while it is away")
        .tag("token", token)
        .strongReference(true)
        .register(registry);
  }

  /** Watches for how long the longest rotation that goes on has been going on, in seconds. */
  public void rotating(DoubleSupplier seconds) {
    Gauge.builder("gateway.tls.rotation.running", seconds, DoubleSupplier::getAsDouble)
        .description("For how long the longest of the looks and rotations that go on has")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
  }

  /** Watches the memory that the buffers of all connections hold, in bytes. */
  public void buffers(LongSupplier used, long limit) {
    Gauge.builder("gateway.buffers.used", used, LongSupplier::getAsLong)
        .description("Memory that the buffers of all connections hold")
        .baseUnit("bytes")
        .strongReference(true)
        .register(registry);
    Gauge.builder("gateway.buffers.limit", () -> limit)
        .description("Memory that they may hold before new requests are refused")
        .baseUnit("bytes")
        .register(registry);
  }

  /**
   * Watches how the writing of a log goes.
   *
   * @param log {@code access}, {@code audit} or {@code system}
   */
  public void log(String log, LogMetrics meters) {
    logs.add(meters);
    meters.register(registry, log);
  }

  /** Returns all meters in the Prometheus text format, version 0.0.4. */
  public String scrape() {
    return registry.scrape();
  }

  /** Ends the collection. */
  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
